/** One entry of an `Accept` header. */
interface Range {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
}

/**
 * The type to answer with, of those that are offered (RFC 9110, section 12.5.1): the one that is wanted most, the first of
 * equals. Without a header it is the first. Undefined if none will do.
 */
export function chooseMediaType<T extends string>(accept: string | undefined, offered: readonly T[]): T | undefined {
  if (accept === undefined || accept === '*/*' || accept === offered[0]) return offered[0];
  const ranges = parseAccept(accept);
  let best: T | undefined;
  let most = 0;
  for (const candidate of offered) {
    const quality = qualityOf(candidate, ranges);
    if (quality > most) [best, most] = [candidate, quality];
  }
  return best;
}

/** The most specific range decides. */
function qualityOf(candidate: string, ranges: readonly Range[]): number {
  const [type = '', subtype = ''] = candidate.split('/');
  let quality = 0;
  let precision = 0;
  for (const range of ranges) {
    const fits = range.type === type ? (range.subtype === subtype ? 3 : range.subtype === '*' ? 2 : 0) : isAny(range);
    if (fits > precision) [quality, precision] = [range.quality, fits];
  }
  return quality;
}

const isAny = ({ type, subtype }: Range): number => (type === '*' && subtype === '*' ? 1 : 0);

function parseAccept(accept: string): readonly Range[] {
  return accept.split(',').flatMap((entry) => {
    const [range = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    const [type, subtype, more] = range.split('/');
    if (!type || !subtype || more !== undefined) return [];
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    return [{ type, subtype, quality: q === undefined ? 1 : parseQuality(q.slice(2)) }];
  });
}

const parseQuality = (text: string): number => (/^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 0);
