/**
 * A text that every engine keeps whole: PostgreSQL refuses the character 0, and all that is committed with it; SQLite's texts are cut
 * there when they are read. U+FFFD stands in its place.
 */
export const storableText = (text: string): string => text.replaceAll('\u0000', '\uFFFD');
