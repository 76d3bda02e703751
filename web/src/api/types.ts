/** The words of the API as the app uses them. */

export type Role = 'owner' | 'admin' | 'editor' | 'viewer';

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Problem {
  type?: string;
  title?: string;
  status: number;
  detail: string;
  code: string;
  field?: string;
  limit?: string;
  request_id?: string;
}

export interface SetupState {
  needed: boolean;
  code_required: boolean;
}
export interface SetupRequest {
  email: string;
  name: string;
  password: string;
  workspace?: string;
  code?: string;
}

export interface User {
  id: string;
  email: string;
  name: string;
  created_at: string;
}
export interface WorkspaceMembership {
  id: string;
  name: string;
  role: Role;
}
export interface Me {
  user: User | null;
  workspace: { id: string; name: string };
  workspaces: WorkspaceMembership[];
  role: Role;
  permissions: string[];
}
export interface MeChange {
  name?: string;
  current_password?: string;
  new_password?: string;
}

export interface Member {
  user_id: string;
  email: string;
  name: string;
  role: Role;
  created_at: string;
}
export interface NewMember {
  email: string;
  name: string;
  role: Role;
  password?: string;
}
export interface MemberAdded {
  member: Member;
  initial_password: string | null;
}

export type Scope = 'read' | 'run' | 'edit' | 'admin';
export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  scopes: Scope[];
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
}
export interface NewKey {
  name: string;
  scopes: Scope[];
  expires_at?: string;
}
export interface KeyCreated {
  key: ApiKey;
  secret: string;
}

export type ProviderKind = 'openai' | 'anthropic';
export interface Provider {
  id: string;
  kind: ProviderKind;
  name: string;
  base_url: string | null;
  has_key: boolean;
  created_at: string;
}
export interface NewProvider {
  kind: ProviderKind;
  name: string;
  base_url?: string;
  api_key?: string;
}
export interface ProviderChange {
  name?: string;
  base_url?: string;
  api_key?: string;
}
export interface ProviderProbe {
  kind: ProviderKind;
  base_url?: string;
  api_key?: string;
}
export interface ProviderTest {
  ok: boolean;
  latency_ms: number;
  models: string[];
  message: string;
}

export interface Model {
  id: string;
  provider: string;
  name: string;
  available: boolean;
}
export interface Models {
  default: string;
  items: Model[];
}

export interface Flow {
  id: string;
  name: string;
  kind: string;
  slug: string;
  published: number | null;
  updated_at: string;
}

export interface Citation {
  number: number;
  document_id: string;
  document_name: string;
  knowledge_base_id: string;
  chunk_id: string;
  page: number | null;
  heading: string | null;
  text: string;
  score: number;
}
export interface Usage {
  input_tokens: number;
  output_tokens: number;
}
export interface RunError {
  code: string;
  message: string;
}
export interface Message {
  id: string;
  role: 'user' | 'assistant';
  text: string;
  citations: Citation[];
  status: 'running' | 'done' | 'failed' | 'cancelled';
  error: RunError | null;
  run_id: string | null;
  created_at: string;
  model: string | null;
  usage: Usage | null;
}
export interface Conversation {
  id: string;
  title: string;
  flow_id: string;
  flow_name: string;
  created_at: string;
  updated_at: string;
}
export interface ConversationWithMessages extends Conversation {
  messages: Message[];
}
export interface MessageAccepted {
  user_message: Message;
  message: Message;
  run_id: string;
}

export interface KnowledgeBase {
  id: string;
  name: string;
  slug: string;
  description: string;
  documents: number;
  chunks: number;
  created_at: string;
}
export type DocumentStatus = 'queued' | 'parsing' | 'chunking' | 'indexing' | 'ready' | 'failed';
export interface Document {
  id: string;
  knowledge_base_id: string;
  name: string;
  media_type: string;
  bytes: number;
  status: DocumentStatus;
  progress: number;
  error: RunError | null;
  chunks: number;
  attempts: number;
  created_at: string;
  updated_at: string;
}
export interface Chunk {
  id: string;
  index: number;
  text: string;
  page: number | null;
  heading: string | null;
}
export interface Passage {
  chunk_id: string;
  document_id: string;
  document_name: string;
  text: string;
  score: number;
  page: number | null;
  heading: string | null;
  /** Start and end of each, in Unicode scalar values. */
  highlights: number[][];
}
export interface SearchResult {
  items: Passage[];
  took_ms: number;
}

export interface SystemCheck {
  name: string;
  ok: boolean;
  message: string;
  fix: string | null;
}
export interface SystemInfo {
  version: string;
  commit: string;
  database: string;
  data_dir: string;
  uptime_s: number;
  checks: SystemCheck[];
}
