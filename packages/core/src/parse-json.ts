/** Arrays and objects inside each other; what is nested deeper could be parsed, but not be written again. */
const MAX_DEPTH = 500;

/**
 * Parses JSON from a peer: what `JSON.parse` takes, but for values nested more than 500 deep, whose comparing and
 * writing could overflow the stack. Undefined, which JSON has no word for, where the text is refused. Never throws.
 */
export function parseJSON(text: string): unknown {
  if (nestsTooDeep(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Tells whether a JSON text is nested more than 500 deep, by counting brackets outside of strings; a text that is no JSON
 * may be called either.
 */
export function nestsTooDeep(text: string): boolean {
  if (text.length <= MAX_DEPTH) return false;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (character === QUOTE) inString = !inString;
    else if (character === BACKSLASH) i++;
    else if (!inString) {
      const open = opens(character);
      if (open > 0 && depth >= MAX_DEPTH) return true;
      depth += open;
    }
  }
  return false;
}

/** 1 for an opening bracket or brace, -1 for a closing one. */
function opens(character: number): -1 | 0 | 1 {
  if (character === 0x5b || character === 0x7b) return 1;
  return character === 0x5d || character === 0x7d ? -1 : 0;
}
