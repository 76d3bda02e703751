/** What messages and the composer have now and then, fetched together. */
export { default as Attach } from '../files/attach';
export { default as Carried } from '../files/carried';
export { default as AnswerError } from './answer-error';
export { default as Branches } from './branches';
export { default as Choices } from './choices';
export { default as ConversationHeader } from './conversation-header';
export { default as Earlier } from './earlier';
export { default as EditQuestion } from './edit-question';
export { findEmpty, findSent } from './find-sent';
export { default as MissingConversation } from './missing';
export { default as ModelMenu } from './model-menu';
export { default as Library } from '@/features/prompts/library';
export { QuestionTools } from './question-tools';
export { default as UnsentNote } from './unsent';
export { Lost } from './lost';
