/**
 * The public validators of the Thing Description Playground, as they are on npm, with what they need to run here:
 *
 * - they are CommonJS without types;
 * - core fetches JSON-LD contexts, unless the `jsonld` that it resolves is given local ones;
 * - the assertions look for core's schemas inside their own node_modules, although npm puts core beside them;
 * - the assertions end the process for a document that core refuses, so core is asked first.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { CONTEXTS } from './contexts.js';

/** A Thing Description or a Thing Model, and where it is from. */
export interface Judged {
  readonly from: string;
  readonly kind: 'description' | 'model';
  readonly text: string;
}

/** What one validator says of one document: names of checks, or ids of assertions. */
export interface Verdict {
  readonly validator: string;
  readonly from: string;
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  /** What the validator told about it. */
  readonly messages: readonly string[];
}

type Log = (...messages: readonly unknown[]) => void;
type Report = Readonly<Record<string, string | null>>;

interface CoreReport {
  readonly report: Report;
  readonly details: Report;
}

interface AssertionRow {
  readonly ID: string;
  readonly Status: string;
  readonly Comment?: string;
}

type Core = (text: string, log: Log, options: Readonly<Record<string, boolean>>) => Promise<CoreReport>;
type Assertions = (
  texts: readonly string[],
  load: (path: string) => Promise<string>,
  log: Log,
) => Promise<readonly AssertionRow[]>;

const require = createRequire(import.meta.url);
const core: { readonly tdValidator: Core; readonly tmValidator: Core } = require('@thing-description-playground/core');
const assertions: {
  readonly tdAssertions: Assertions;
  readonly tmAssertions: Assertions;
} = require('@thing-description-playground/assertions');

const coreManifest = require.resolve('@thing-description-playground/core/package.json');
const jsonld: { documentLoader: (url: string) => Promise<unknown> } = createRequire(coreManifest)('jsonld');

jsonld.documentLoader = async (url) => {
  const document = CONTEXTS.get(url);
  if (!document) throw new Error(`there is no local context for ${url}`);
  return { contextUrl: null, documentUrl: url, document };
};

/** `defaults` asks for defaults to be spelled out; conformance with a linked Thing Model is fetched. */
const OPTIONS = { checkDefaults: false, checkJsonLd: true, checkTmConformance: false };

/** Reads a file of the assertions; a schema that is not there is core's. */
const load = (path: string): Promise<string> =>
  readFile(!existsSync(path) && path.endsWith('-schema.json') ? join(dirname(coreManifest), basename(path)) : path, {
    encoding: 'utf8',
  });

/** What both validators say of a document; the assertions only if core accepts it. */
export async function judge(document: Judged): Promise<readonly Verdict[]> {
  const first = await judgeByCore(document);
  return first.failed.some((name) => REFUSALS.includes(name)) ? [first] : [first, await judgeByAssertions(document)];
}

/** Checks without which there is nothing more to say. */
const REFUSALS: readonly string[] = ['json', 'schema', 'jsonld'];

async function judgeByCore({ from, kind, text }: Judged): Promise<Verdict> {
  const { messages, log } = collectMessages();
  const validate = kind === 'description' ? core.tdValidator : core.tmValidator;
  const { report, details } = await validate(text, log, OPTIONS);
  // `additional` sums up the details.
  const checks = [...Object.entries(report).filter(([name]) => name !== 'additional'), ...Object.entries(details)];
  const [passed, failed] = sort(checks, 'passed', (status) => status === null);
  return { validator: 'playground core', from, passed, failed, messages };
}

async function judgeByAssertions({ from, kind, text }: Judged): Promise<Verdict> {
  const validate = kind === 'description' ? assertions.tdAssertions : assertions.tmAssertions;
  const rows = await validate([text], load, () => {});
  // 'null' is for people to decide, 'not-impl' for what the document has no use for.
  const statuses = rows.map(({ ID, Status }) => [ID, Status] as const);
  const [passed, failed] = sort(statuses, 'pass', (status) => status === 'null' || status === 'not-impl');
  const messages = rows.filter(({ ID }) => failed.includes(ID)).map(({ ID, Comment }) => `${ID}: ${Comment ?? ''}`);
  return { validator: 'playground assertions', from, passed, failed, messages };
}

/** The names that passed and those that did not; a status that nobody knows is no pass. */
function sort(
  statuses: readonly (readonly [name: string, status: string | null])[],
  good: string,
  isLeftOut: (status: string | null) => boolean,
): readonly [passed: readonly string[], failed: readonly string[]] {
  const counted = statuses.filter(([, status]) => !isLeftOut(status));
  const names = (wanted: boolean) => counted.filter(([, status]) => (status === good) === wanted).map(([name]) => name);
  return [names(true), names(false)];
}

function collectMessages(): { readonly messages: readonly string[]; readonly log: Log } {
  const messages: string[] = [];
  return { messages, log: (...parts) => void messages.push(parts.map(String).join(' ')) };
}
