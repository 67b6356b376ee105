/** The step's inputs as the engine gets them: raw, by name, without what is empty or at its default. */

import * as path from 'node:path';

import * as tl from 'azure-pipelines-task-lib/task';

import type { InputRow, Manifest } from './manifest';
import { quietly } from './quietly';

/** Inputs that the launcher itself acts on; the engine never sees them. */
export const OWN = new Set(['command', 'azureSubscription', 'pythonPath', 'workingDirectory', 'configVariables']);

export type Inputs = Readonly<Record<string, string>>;

/** Every input that the step gives, by its name in task.json. */
export function readInputs(manifest: Manifest): Inputs {
  const found = manifest.inputs.flatMap((row) => {
    const value = given(row);
    return value === undefined ? [] : [[row.name, value] as const];
  });
  return Object.fromEntries(found);
}

/** What the engine is told: an input at its default is left to the engine, which has the same default. */
export function forEngine(inputs: Inputs): Inputs {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !OWN.has(name)));
}

/** Names between commas, spaces or lines. */
export function words(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,;]+/).filter((word) => word !== '');
}

function given(row: InputRow): string | undefined {
  // Azure DevOps turns an alias into the name before the agent runs; an older server may not.
  for (const name of [row.name, ...(row.aliases ?? [])]) {
    const value = quietly(() => tl.getInput(name)) ?? '';
    const empty = value === '' || (row.type === 'filePath' && isWorkingDirectory(value));
    if (!empty) {
      return value === String(row.defaultValue ?? '') && !OWN.has(row.name) ? undefined : value;
    }
  }
  return undefined;
}

/** The agent resolves an empty file input to the working directory, or to the folder of the sources. */
function isWorkingDirectory(value: string): boolean {
  return defaultFolders().some((folder) => path.resolve(folder) === path.resolve(value));
}

function defaultFolders(): string[] {
  const names = ['System.DefaultWorkingDirectory', 'Build.SourcesDirectory'];
  return names.map((name) => tl.getVariable(name) ?? '').filter((folder) => folder !== '');
}
