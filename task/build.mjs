/**
 * Builds the extension: `npm run package` gives dist/ecluse-<version>.vsix and prints the SHA-256 of all it holds.
 *
 * Needs Node 20, and a Python 3.11+ with pip (ECLUSE_PYTHON, else python3); once what requirements/task.txt names
 * is in .build/, no network.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import esbuild from 'esbuild';

import { copyTree, vendor, walk } from './vendor.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.dirname(HERE);
const BUILD = path.join(HERE, '.build');
const STAGE = path.join(BUILD, 'extension');
const DIST = path.join(HERE, 'dist');
const TASKS = ['AdfDeploy', 'AdfTriggers'];
const PICTURES = /^[\w-]+\.png$/;

const file = (...parts) => path.join(HERE, ...parts);

async function main() {
  fs.rmSync(STAGE, { recursive: true, force: true });
  fs.rmSync(DIST, { recursive: true, force: true });
  const launcher = await bundle();
  const engine = path.join(BUILD, 'engine');
  fs.rmSync(engine, { recursive: true, force: true });
  vendor(ROOT, engine, BUILD);
  fs.copyFileSync(file('run_engine.py'), path.join(engine, 'run_engine.py'));
  for (const task of TASKS) {
    const target = path.join(STAGE, task, `${task}V1`);
    copyTree(file(task, `${task}V1`), target, (name) => name === 'task.json');
    copyTree(file('entry'), target, (name) => name.endsWith('.js'));
    copyTree(engine, path.join(target, 'engine'), () => true);
    fs.copyFileSync(file('images', 'icon.png'), path.join(target, 'icon.png'));
    fs.copyFileSync(path.join(ROOT, 'LICENSE'), path.join(target, 'LICENSE.txt'));
    fs.writeFileSync(path.join(target, 'launcher.js'), launcher.code);
    fs.writeFileSync(path.join(target, 'NOTICES.txt'), launcher.notices);
  }
  copyTree(file('images'), path.join(STAGE, 'images'), (name) => PICTURES.test(name));
  fs.copyFileSync(file('README.md'), path.join(STAGE, 'README.md'));
  fs.copyFileSync(path.join(ROOT, 'LICENSE'), path.join(STAGE, 'LICENSE.txt'));
  fs.copyFileSync(path.join(ROOT, 'vss-extension.json'), path.join(STAGE, 'vss-extension.json'));
  pack();
  report();
}

/** The launcher as one file, and the licences of what is in it. */
async function bundle() {
  const built = await esbuild.build({
    absWorkingDir: HERE,
    entryPoints: ['src/launcher.ts'],
    bundle: true,
    minify: true,
    legalComments: 'none', // NOTICES.txt has the whole texts
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  const packages = new Set(Object.keys(built.metafile.inputs).flatMap((name) => packageOf(name) ?? []));
  return { code: built.outputFiles[0].text, notices: [...packages].sort().map(notice).join('\n') };
}

function packageOf(name) {
  return /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(name)?.[0].slice(0, -1);
}

function notice(folder) {
  const { name, version, license } = JSON.parse(fs.readFileSync(file(folder, 'package.json'), 'utf8'));
  const texts = fs.readdirSync(file(folder)).filter((each) => /^(licen[cs]e|copying|notice)/i.test(each));
  const said = texts.map((each) => fs.readFileSync(file(folder, each), 'utf8').trim()).join('\n\n');
  return `=== ${name} ${version} (${license})\n\n${said || `License: ${license}`}\n`;
}

function pack() {
  const tfx = file('node_modules', 'tfx-cli', '_build', 'tfx-cli.js');
  const words = ['extension', 'create', '--root', STAGE, '--manifest-globs', 'vss-extension.json', '--output-path', DIST];
  const environ = { ...process.env, DO_NOT_TRACK: '1', TFX_TRACE: '' };
  const ran = spawnSync(process.execPath, [tfx, ...words, '--no-prompt', '--no-color'], { encoding: 'utf8', env: environ });
  if (ran.status !== 0 || /warning/i.test(ran.stdout + ran.stderr)) {
    throw new Error(`tfx is not content:\n${ran.stdout}${ran.stderr}`);
  }
}

function report() {
  for (const name of walk(STAGE)) {
    console.log(`${createHash('sha256').update(fs.readFileSync(path.join(STAGE, name))).digest('hex')}  ${name}`);
  }
  for (const name of walk(DIST)) {
    console.log(`${path.relative(ROOT, path.join(DIST, name))}: ${(fs.statSync(path.join(DIST, name)).size / 1e6).toFixed(2)} MB`);
  }
}

await main();
