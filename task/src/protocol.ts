/** What the launcher and the engine say to each other: one line of JSON each way, and never anything on argv. */

export const PROTOCOL = 1;

export interface Connection {
  readonly scheme: string;
  readonly authenticationType: string;
  readonly tenant: string;
  readonly client: string;
  readonly secret: string;
  readonly authority: string;
  readonly armEndpoint: string;
  readonly subscription: string;
  readonly oidc: Oidc | null;
}

/** Where a fresh token of this pipeline run is had, at every renewal. */
export interface Oidc {
  readonly uri: string;
  readonly serviceConnectionId: string;
  readonly token: string;
}

export interface Proxy {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly bypass: readonly string[];
}

/** The first line on the engine's stdin; the only place where secrets are. */
export interface Request {
  readonly protocol: number;
  readonly nonce: string;
  readonly command: string;
  readonly options: Readonly<Record<string, never>>;
  readonly inputs: Readonly<Record<string, string>>;
  readonly workingFolder: string;
  readonly connection: Connection;
  readonly variables: Readonly<Record<string, string>>;
  readonly secretVariables: readonly string[];
  readonly proxy: Proxy | null;
  readonly caFile: string | null;
  readonly run: { readonly id: string; readonly attempt: number; readonly url: string };
  readonly folder: string;
  readonly state: unknown;
}

export type Result = 'Succeeded' | 'SucceededWithIssues' | 'Failed';

export interface Done {
  readonly event: 'done';
  readonly exitCode: number;
  readonly result: Result;
  readonly message: string;
}

/** What the engine tells. */
export type Event =
  | { readonly event: 'started'; readonly version: string; readonly pid: number }
  | { readonly event: 'state'; readonly state: unknown }
  | { readonly event: 'section'; readonly title: string }
  | { readonly event: 'progress'; readonly percent: number; readonly title: string }
  | {
      readonly event: 'issue';
      readonly severity: 'error' | 'warning';
      readonly message: string;
      readonly code?: string | null;
      readonly file?: string | null;
      readonly line?: number | null;
    }
  | { readonly event: 'output'; readonly name: string; readonly value: string; readonly secret?: boolean }
  | { readonly event: 'summary'; readonly path: string; readonly title: string }
  | { readonly event: 'attachment'; readonly type: string; readonly name: string; readonly path: string }
  | { readonly event: 'assertion'; readonly id: number; readonly audience: string }
  | Done;

/** Something that the user has to put right; the text says how. */
export class Refusal extends Error {}
