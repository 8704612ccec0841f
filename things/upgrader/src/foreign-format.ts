/** So many bytes tell what a file is. */
const HEAD = 512;

/** How files begin that are no firmware (reference, section 14.3). */
const BEGINNINGS: readonly (readonly [format: string, bytes: readonly number[]])[] = [
  ['a JPEG picture', [0xff, 0xd8, 0xff]],
  ['a PNG picture', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['a GIF picture', [0x47, 0x49, 0x46, 0x38]],
  ['a PDF document', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['a ZIP archive', [0x50, 0x4b, 0x03, 0x04]],
  ['a ZIP archive', [0x50, 0x4b, 0x05, 0x06]],
  ['a Windows program', [0x4d, 0x5a]],
  ['an ELF program', [0x7f, 0x45, 0x4c, 0x46]],
];
const MARKUP: readonly (readonly [format: string, text: RegExp])[] = [
  ['an HTML page', /^\s*<(!doctype\s+html|html|head|body)[\s>]/i],
  ['an XML document', /^\s*<\?xml\s/i],
];

/** What a file is that people take for firmware and that is none, by its first {@link HEAD} bytes; undefined: it may be firmware. */
export function foreignFormat(head: Uint8Array): string | undefined {
  const known = BEGINNINGS.find(([, bytes]) => bytes.every((byte, i) => head[i] === byte));
  if (known) return known[0];
  const text = Buffer.from(head)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  return MARKUP.find(([, pattern]) => pattern.test(text))?.[0];
}

/** Whether a file by its name is a file system alone, which no device can be flashed with. */
export const isRootFileSystem = (fileName: string): boolean => /-rootfs\b/i.test(fileName);

/** Gives bytes as they come, once `check` has let their beginning pass. */
export async function* withHeadChecked(
  content: AsyncIterable<Uint8Array>,
  check: (head: Uint8Array) => void,
): AsyncGenerator<Uint8Array, void> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  let isChecked = false;
  const checked = (): readonly Uint8Array[] => {
    const held = waiting;
    check(Buffer.concat(held).subarray(0, HEAD));
    isChecked = true;
    waiting = [];
    return held;
  };
  for await (const chunk of content) {
    if (isChecked) {
      yield chunk;
      continue;
    }
    waiting.push(chunk);
    length += chunk.length;
    if (length >= HEAD) yield* checked();
  }
  if (!isChecked) yield* checked();
}
