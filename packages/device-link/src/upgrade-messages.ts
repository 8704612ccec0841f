import { isMembers, type Members } from '@thingwright/core';

/** What an image is, and what its signature is over. */
export interface ImageManifest {
  /** 64 hexadecimal digits in lower case. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** What a device says that it runs, once it runs that image. */
  readonly version: string;
}

/** Who vouches for an image: Ed25519 over {@link manifestText}, base64. */
export interface ImageSignature {
  readonly keyID: string;
  readonly value: string;
}

/** What is signed of an image, as UTF-8. */
export const manifestText = ({ sha256, size, version }: ImageManifest): string =>
  `thingwright firmware 1\n${sha256}\n${size}\n${version}\n`;

/** What an upgrader says to a device that pulls its images. `upgrade` is the id of an upgrade. */
export type UpgradeOrder =
  /** Get the image at `path` (of the same server, in ranges), and check it. */
  | {
      readonly type: 'prepare';
      readonly upgrade: string;
      readonly path: string;
      readonly manifest: ImageManifest;
      readonly signature: ImageSignature | null;
      readonly flags: readonly string[];
    }
  /** Install what is prepared, and reboot; said again, it is done once. */
  | { readonly type: 'install'; readonly upgrade: string }
  | { readonly type: 'cancel'; readonly upgrade: string };

/** What came of the last upgrade that a device was flashed with. */
export interface LastUpgrade {
  readonly upgrade: string;
  readonly outcome: 'installed' | 'rolledBack' | 'failed';
  readonly reason: string | null;
}

/** What such a device runs; the first that it says over each connection. */
export interface UpgradableState {
  readonly type: 'state';
  readonly version: string;
  /** Another one with each boot. */
  readonly bootID: string;
  readonly model: string | null;
  readonly os: string | null;
  /** Of the image that it runs; null: unknown. */
  readonly sha256: string | null;
  /** The upgrade that it is being flashed with. */
  readonly installing: string | null;
  readonly last: LastUpgrade | null;
}

/** What a device says that pulls its images. */
export type UpgradeNews =
  | UpgradableState
  /** How much of the image it has. */
  | { readonly type: 'progress'; readonly upgrade: string; readonly percent: number }
  | { readonly type: 'prepared'; readonly upgrade: string }
  | { readonly type: 'notNeeded'; readonly upgrade: string }
  | { readonly type: 'refused'; readonly upgrade: string; readonly reason: string; readonly isRecoverable: boolean }
  | { readonly type: 'installing'; readonly upgrade: string }
  | { readonly type: 'failed'; readonly upgrade: string; readonly reason: string }
  | { readonly type: 'cancelled'; readonly upgrade: string };

const HEX = /^[\da-f]{64}$/;
const LONGEST = 1000;

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= LONGEST;
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);

const isManifest = (value: unknown): value is ImageManifest & Members =>
  isMembers(value) &&
  isText(value.sha256) &&
  HEX.test(value.sha256) &&
  typeof value.size === 'number' &&
  Number.isSafeInteger(value.size) &&
  value.size >= 0 &&
  isText(value.version);

const isSignature = (value: unknown): value is ImageSignature & Members =>
  isMembers(value) && isText(value.keyID) && isText(value.value);

const isLast = (value: unknown): value is LastUpgrade & Members =>
  isMembers(value) &&
  isText(value.upgrade) &&
  (value.outcome === 'installed' || value.outcome === 'rolledBack' || value.outcome === 'failed') &&
  isTextOrNull(value.reason);

function parsed(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMembers(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Reads what an upgrader said; undefined for anything else. */
export function readUpgradeOrder(text: string): UpgradeOrder | undefined {
  const { type, upgrade, path, manifest, signature, flags } = parsed(text) ?? {};
  if (!isText(upgrade)) return undefined;
  if (type === 'install' || type === 'cancel') return { type, upgrade };
  const isSigned = signature === null || isSignature(signature);
  if (type !== 'prepare' || !isText(path) || !isManifest(manifest) || !isSigned) return undefined;
  return { type, upgrade, path, manifest, signature, flags: Array.isArray(flags) ? flags.filter(isText) : [] };
}

/** Reads what a device said; undefined for anything else. */
export function readUpgradeNews(text: string): UpgradeNews | undefined {
  const message = parsed(text) ?? {};
  const { type, upgrade, percent, reason, isRecoverable } = message;
  if (type === 'state') return readState(message);
  if (!isText(upgrade)) return undefined;
  switch (type) {
    case 'prepared':
    case 'notNeeded':
    case 'installing':
    case 'cancelled':
      return { type, upgrade };
    case 'progress':
      return typeof percent === 'number' && percent >= 0 && percent <= 100 ? { type, upgrade, percent } : undefined;
    case 'refused':
      return isText(reason) ? { type, upgrade, reason, isRecoverable: isRecoverable === true } : undefined;
    case 'failed':
      return isText(reason) ? { type, upgrade, reason } : undefined;
    default:
      return undefined;
  }
}

function readState({ version, bootID, model, os, sha256, installing, last }: Members): UpgradableState | undefined {
  if (!isText(version) || !isText(bootID) || !isTextOrNull(model) || !isTextOrNull(os)) return undefined;
  if (!isTextOrNull(sha256) || !isTextOrNull(installing) || !(last === null || isLast(last))) return undefined;
  return { type: 'state', version, bootID, model, os, sha256, installing, last };
}
