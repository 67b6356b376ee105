/**
 * The Python that a task brings: the engine, and the distributions of requirements/task.txt, by an allow-list.
 *
 * What is not named here does not get in: no tests, no sandbox, no terminal, no byte code, nothing that tells of
 * the machine that built it.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Files of a distribution that are kept; of its dist-info what importlib.metadata and the licence need. */
const SUFFIXES = new Set(['.py', '.pem', '.typed']);
const DIST_INFO = /^(METADATA|top_level\.txt|licenses\/.+|(LICEN[CS]E|COPYING|NOTICE|AUTHORS)[^/]*)$/i;

/** Copy the engine's source and its distributions into `target`. `cache` keeps what was downloaded. */
export function vendor(root, target, cache) {
  copyTree(path.join(root, 'engine', 'ecluse'), path.join(target, 'ecluse'), isEngine);
  const site = install(path.join(root, 'requirements', 'task.txt'), cache);
  copyTree(site, target, isDistribution);
}

/** The engine without the command line and the terminal, whose packages are not in the bundle. */
function isEngine(name) {
  const terminal = name.startsWith('cli/') || ['__main__.py', 'reports/terminal.py'].includes(name);
  return SUFFIXES.has(path.extname(name)) && !terminal;
}

/** Without what nothing of the engine calls: tests, programs, and the Azure clients' asynchronous twins. */
function isDistribution(name) {
  const [top = '', ...rest] = name.split('/');
  if (top.endsWith('.dist-info')) {
    return DIST_INFO.test(rest.join('/'));
  }
  return SUFFIXES.has(path.extname(name)) && !/(^|\/)(tests?|bin|cli|aio)\//.test(name);
}

/** Install once per lock file; later builds need no network. */
function install(lock, cache) {
  const hash = createHash('sha256').update(fs.readFileSync(lock)).digest('hex').slice(0, 16);
  const site = path.join(cache, `python-${hash}`);
  if (!fs.existsSync(site)) {
    const half = `${site}.${process.pid}`;
    const anywhere = ['--platform', 'any', '--implementation', 'py', '--abi', 'none', '--python-version', '3.11'];
    const options = [...anywhere, '--require-hashes', '--no-deps', '--only-binary', ':all:', '--no-compile', '--quiet'];
    const words = ['-m', 'pip', '--disable-pip-version-check', 'install', ...options, '--target', half, '-r', lock];
    const ran = spawnSync(process.env.ECLUSE_PYTHON ?? 'python3', words, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (ran.status !== 0) {
      throw new Error(`pip ended with ${ran.status ?? ran.error?.message}; ECLUSE_PYTHON names another Python.`);
    }
    const native = walk(half).filter((name) => /\.(so|pyd|dll|dylib)$/.test(name));
    if (native.length > 0) {
      throw new Error(`requirements/task.txt must be pure Python, but there are: ${native.join(', ')}`);
    }
    fs.renameSync(half, site);
  }
  return site;
}

export function copyTree(from, to, wanted) {
  for (const name of walk(from).filter(wanted)) {
    fs.mkdirSync(path.dirname(path.join(to, name)), { recursive: true });
    fs.copyFileSync(path.join(from, name), path.join(to, name));
  }
}

/** All files below a folder, with `/` between folders, in order. */
export function walk(folder) {
  const found = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = found.map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)));
  return names.map((name) => name.split(path.sep).join('/')).sort();
}
