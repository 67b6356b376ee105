/** The task.json that lies beside the launcher: which task this is, and what inputs it has. */

import * as fs from 'node:fs';
import * as path from 'node:path';

export interface InputRow {
  readonly name: string;
  readonly type: string;
  readonly label: string;
  readonly aliases?: readonly string[];
  readonly defaultValue?: string | boolean;
  readonly required?: boolean;
}

export interface Manifest {
  readonly name: string;
  readonly version: { readonly Major: number; readonly Minor: number; readonly Patch: number };
  readonly inputs: readonly InputRow[];
  readonly outputVariables: readonly { readonly name: string }[];
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(fs.readFileSync(path.join(folder, 'task.json'), 'utf8')) as Manifest;
}
