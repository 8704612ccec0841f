import { expect } from 'chai';
import { DISCOVERY_CONTEXT, enrich, retrievedAt, untilRetrieval, withRetrieval } from '../src/enriched.js';

const TD = 'https://www.w3.org/2022/wot/td/v1.1';
const OLD = 'https://www.w3.org/2019/wot/td/v1';
const TIMES = { created: '2026-03-04T06:00:00.000Z', modified: '2026-03-04T06:00:01.000Z' };

const contextOf = (context: unknown): unknown => enrich({ '@context': context }, 'urn:x:y', TIMES)['@context'];

describe('enriched TDs', () => {
  it('have the discovery context after those of TDs and before all that says more', () => {
    const terms = { brew: 'urn:brew#' };
    for (const [before, after] of [
      [TD, [TD, DISCOVERY_CONTEXT]],
      [OLD, [OLD, DISCOVERY_CONTEXT]],
      [
        [OLD, TD, terms],
        [OLD, TD, DISCOVERY_CONTEXT, terms],
      ],
      [
        [TD, 'urn:other', terms],
        [TD, DISCOVERY_CONTEXT, 'urn:other', terms],
      ],
      [
        [TD, terms, DISCOVERY_CONTEXT],
        [TD, terms, DISCOVERY_CONTEXT],
      ],
    ]) {
      expect(contextOf(before)).to.deep.equal(after);
    }
  });

  it('are JSON that lacks only the moment of their retrieval', () => {
    const td = { title: 'Größe "x"}}', registration: { made: 'up' } };
    const enriched = enrich(td, 'urn:x:y', { ...TIMES, ttl: 60 });
    const json = untilRetrieval(Buffer.from(JSON.stringify(withRetrieval(enriched))));
    expect(JSON.parse(json.toString() + retrievedAt('2026-03-04T07:00:00.000Z'))).to.deep.equal({
      title: td.title,
      '@context': [DISCOVERY_CONTEXT],
      id: 'urn:x:y',
      registration: { ...TIMES, ttl: 60, retrieved: '2026-03-04T07:00:00.000Z' },
    });
  });
});
