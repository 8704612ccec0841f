/**
 * A mocha plugin that fails a run in whose logs a secret stands. It learns the secrets by itself: all random bytes that are drawn, what
 * is shown in requests, what processes are started with. It reads all that is logged in this process, also where a test keeps no log,
 * and what processes that tests start write to their standard error.
 * Plain JavaScript, for it stands in for functions of the platform.
 */
import { ChildProcess } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { inspect } from 'node:util';
import * as core from '@thingwright/core';
import { KnownSecrets } from './known-secrets.js';

/** Bytes below which what is drawn is no secret but a part of an id. */
const LEAST_RANDOM = 16;
/** Bytes of a request in which credentials are looked for. */
const MOST_HEADERS = 8192;
const SPELT_OUT = { depth: 8, breakLength: Number.POSITIVE_INFINITY };
/** The one line that shows a secret on purpose: to who starts a gateway for the first time. */
const SHOWN_ONCE = /^Admin token, shown this once /;
/** Credentials in the text of a request. */
const CREDENTIALS = /^(?:authorization: *(\S+) +(\S+)|device-token: *(\S+))\r$/gim;
const OPTIONS_WITH_SECRETS = new Set(['--token', '--admin-token', '--secret', '--password']);

const secrets = new KnownSecrets();
/** @type {{ readonly text: string; readonly test: string }[]} */
const logged = [];
let test = 'before the first test';

const note = (text) => logged.push({ text, test });

function learnRandom() {
  const { randomBytes } = crypto;
  crypto.randomBytes = (size, ...rest) => {
    const bytes = randomBytes(size, ...rest);
    if (size >= LEAST_RANDOM && bytes) for (const form of ['base64url', 'hex']) secrets.add(bytes.toString(form));
    return bytes;
  };
  syncBuiltinESMExports();
}

/** What a request shows: a token, a password, a user's name and password as they are sent. */
function learnRequests() {
  const { write } = Socket.prototype;
  Socket.prototype.write = function (chunk, ...rest) {
    if (typeof chunk === 'string' || isUpperCase(chunk?.[0])) learnRequest(chunk);
    return write.call(this, chunk, ...rest);
  };
}

/** Whether a byte may be the first of a request's method. */
const isUpperCase = (byte) => byte >= 65 && byte <= 90;

function learnRequest(chunk) {
  const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk.subarray(0, MOST_HEADERS)).toString('latin1');
  if (!/^[A-Z]{3,7} \S+ HTTP\/1\.1\r\n/.test(text)) return;
  for (const [, scheme, shown, token] of text.matchAll(CREDENTIALS)) {
    secrets.add(token ?? shown);
    if (scheme?.toLowerCase() !== 'basic') continue;
    const pair = Buffer.from(shown, 'base64').toString();
    secrets.add(pair.slice(pair.indexOf(':') + 1));
  }
}

function followProcesses() {
  const { spawn } = ChildProcess.prototype;
  ChildProcess.prototype.spawn = function (options) {
    const { args = [], envPairs = [] } = options;
    for (const [i, arg] of args.entries()) if (OPTIONS_WITH_SECRETS.has(arg)) secrets.add(args[i + 1] ?? '');
    for (const pair of envPairs) {
      const [, value] = /^\w*(?:TOKEN|SECRET|PASSWORD)=(.*)$/.exec(pair) ?? [];
      if (value !== undefined) secrets.add(value);
    }
    const result = spawn.call(this, options);
    if (this.stderr) follow(this.stderr);
    return result;
  };
}

/** Takes what is pushed into a stream, whether and however somebody reads it. */
function follow(stream) {
  const { push } = stream;
  let rest = '';
  stream.push = (chunk, ...more) => {
    const lines = (rest + (chunk?.toString() ?? '\n')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (!SHOWN_ONCE.test(line)) note(line);
    return push.call(stream, chunk, ...more);
  };
}

function followLogs() {
  // Most tests get core as mocha loads them, by require; those that wait at their top level, by import.
  for (const { silent } of [core, createRequire(import.meta.url)('@thingwright/core')]) {
    for (const level of ['debug', 'info', 'warn', 'error']) {
      silent[level] = (details, message) => note(`${message} ${inspect(details, SPELT_OUT)}`);
    }
  }
  const { writeSync } = fs;
  fs.writeSync = (descriptor, chunk, ...rest) => {
    if (descriptor === 2) note(String(chunk));
    return writeSync(descriptor, chunk, ...rest);
  };
  syncBuiltinESMExports();
}

learnRandom();
learnRequests();
followProcesses();
followLogs();

/** Mocha's root hooks. */
export const mochaHooks = {
  beforeEach() {
    test = this.currentTest.fullTitle();
  },
  afterAll() {
    const betrayals = logged.flatMap(({ text, test: during }) => {
      const secret = secrets.in(text);
      return secret === undefined ? [] : [`during '${during}': ${text.replaceAll(secret, '<secret>')}`];
    });
    if (betrayals.length > 0) throw new Error(`Secrets were logged\n${betrayals.slice(0, 20).join('\n')}`);
  },
};
