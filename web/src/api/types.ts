import type { components } from './schema';

/** The words of the API as the app uses them; their shapes come from the generated schema. */
type Schemas = components['schemas'];

export type Role = Schemas['Role'];
export type Scope = Schemas['Scope'];
export type Problem = Pick<Schemas['Problem'], 'status' | 'detail' | 'code'> & Partial<Schemas['Problem']>;

export type User = Schemas['User'];
export type Me = Schemas['Me'];
export type MeChange = Schemas['MeUpdate'];
export type Member = Schemas['Member'];
export type NewMember = Schemas['MemberRequest'];
export type ApiKey = Schemas['ApiKey'];
export type NewKey = Schemas['KeyRequest'];

export type ProviderKind = Schemas['ProviderKind'];
export type Provider = Schemas['Provider'];
export type NewProvider = Schemas['ProviderRequest'];
export type ProviderChange = Schemas['ProviderChanges'];
export type ProviderProbe = Schemas['ProviderTestRequest'];
export type ProviderTest = Schemas['ProviderTest'];

export type Citation = Schemas['Citation'];
export type Usage = Schemas['Usage'];
export type RunError = Schemas['Failure'];
export type Message = Schemas['Message'];
export type Conversation = Schemas['Conversation'];
export type ConversationWithMessages = Schemas['ConversationWithMessages'];
export type ConversationFile = Schemas['ConversationFile'];
export type Attachment = Schemas['Attachment'];
export type Folder = Schemas['Folder'];
export type Model = Schemas['Model'];
export type MessageAccepted = Schemas['MessageSent'];

export type Document = Schemas['Document'];
export type Chunk = Schemas['Chunk'];
export type Passage = Schemas['Passage'];
export type SystemCheck = Schemas['Check'];
