import type * as T from './types';

/** Present when given, and not to be sent otherwise. */
type Part<Name extends string, Value> = [Value] extends [never]
  ? { [name in Name]?: never }
  : { [name in Name]: Value };

/** One operation in the shape `openapi-fetch` reads. */
interface Op<Answer, Path = never, Body = never, Query = never> {
  parameters: Part<'path', Path> & { query?: [Query] extends [never] ? never : Query };
  requestBody: [Body] extends [never] ? undefined : { content: { 'application/json': Body } };
  responses: {
    200: { content: { 'application/json': Answer } };
    default: { content: { 'application/problem+json': T.Problem } };
  };
}
interface BodilessOp<Answer, Path = never, Query = never> {
  parameters: Part<'path', Path> & { query?: [Query] extends [never] ? never : Query };
  requestBody?: never;
  responses: Op<Answer>['responses'];
}
type Cursor = { limit?: number; after?: string };
type Id = { id: string };

/** Every path the app calls. */
export interface paths {
  '/api/v1/setup': { get: BodilessOp<T.SetupState>; post: Op<T.Me, never, T.SetupRequest> };
  '/api/v1/session': {
    post: Op<T.Me, never, { email: string; password: string }>;
    delete: BodilessOp<undefined>;
  };
  '/api/v1/me': { get: BodilessOp<T.Me>; patch: Op<T.Me, never, T.MeChange> };
  '/api/v1/members': {
    get: BodilessOp<T.Page<T.Member>, never, Cursor>;
    post: Op<T.MemberAdded, never, T.NewMember>;
  };
  '/api/v1/members/{user_id}': {
    patch: Op<T.Member, { user_id: string }, { role: T.Role }>;
    delete: BodilessOp<undefined, { user_id: string }>;
  };
  '/api/v1/keys': {
    get: BodilessOp<T.Page<T.ApiKey>, never, Cursor>;
    post: Op<T.KeyCreated, never, T.NewKey>;
  };
  '/api/v1/keys/{id}': { delete: BodilessOp<undefined, Id> };
  '/api/v1/providers': {
    get: BodilessOp<T.Page<T.Provider>>;
    post: Op<T.Provider, never, T.NewProvider>;
  };
  '/api/v1/providers/test': { post: Op<T.ProviderTest, never, T.ProviderProbe> };
  '/api/v1/providers/{id}': {
    patch: Op<T.Provider, Id, T.ProviderChange>;
    delete: BodilessOp<undefined, Id>;
  };
  '/api/v1/providers/{id}/test': { post: BodilessOp<T.ProviderTest, Id> };
  '/api/v1/models': { get: BodilessOp<T.Models> };
  '/api/v1/models/default': { put: Op<T.Models, never, { model: string }> };
  '/api/v1/flows': { get: BodilessOp<T.Page<T.Flow>, never, Cursor> };
  '/api/v1/runs/{id}/cancel': { post: BodilessOp<unknown, Id> };
  '/api/v1/conversations': {
    get: BodilessOp<T.Page<T.Conversation>, never, Cursor>;
    post: Op<T.Conversation, never, { flow_id?: string; title?: string }>;
  };
  '/api/v1/conversations/{id}': {
    get: BodilessOp<T.ConversationWithMessages, Id>;
    patch: Op<T.Conversation, Id, { title: string }>;
    delete: BodilessOp<undefined, Id>;
  };
  '/api/v1/conversations/{id}/messages': { post: Op<T.MessageAccepted, Id, { text: string }> };
  '/api/v1/conversations/{id}/messages/{message_id}/regenerate': {
    post: BodilessOp<T.MessageAccepted, { id: string; message_id: string }>;
  };
  '/api/v1/knowledge-bases': {
    get: BodilessOp<T.Page<T.KnowledgeBase>, never, Cursor>;
    post: Op<T.KnowledgeBase, never, { name: string; description?: string }>;
  };
  '/api/v1/knowledge-bases/{id}': {
    get: BodilessOp<T.KnowledgeBase, Id>;
    patch: Op<T.KnowledgeBase, Id, { name?: string; description?: string }>;
    delete: BodilessOp<undefined, Id>;
  };
  '/api/v1/knowledge-bases/{id}/documents': { get: BodilessOp<T.Page<T.Document>, Id, Cursor> };
  '/api/v1/knowledge-bases/{id}/search': {
    post: Op<T.SearchResult, Id, { query: string; limit?: number }>;
  };
  '/api/v1/documents/{id}': { get: BodilessOp<T.Document, Id>; delete: BodilessOp<undefined, Id> };
  '/api/v1/documents/{id}/chunks': { get: BodilessOp<T.Page<T.Chunk>, Id, Cursor> };
  '/api/v1/documents/{id}/retry': { post: BodilessOp<T.Document, Id> };
  '/api/v1/system': { get: BodilessOp<T.SystemInfo> };
}
