import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import * as legacy from '../../src/legacy/index.js';

describe('the extensions of the older dialects', () => {
  it('are each listed in docs/extensions.md', () => {
    const listed = readFileSync(new URL('../../../../docs/extensions.md', import.meta.url), 'utf8');
    const section = listed.slice(listed.indexOf('## Older dialects'), listed.indexOf('## HTTP profiles'));
    const { ADD_EVENT_SUBSCRIPTION, BAD_REQUEST, CONFLATED, FORBIDDEN, INVOCATION_HREF, INVOCATION_ID } = legacy;
    const { OUTPUT, PROGRESS, REMOVE_ACTION_OBSERVATION, REMOVE_EVENT_SUBSCRIPTION } = legacy;
    for (const name of [
      legacy.REMOVE_PROPERTY_OBSERVATION,
      REMOVE_ACTION_OBSERVATION,
      ADD_EVENT_SUBSCRIPTION,
      REMOVE_EVENT_SUBSCRIPTION,
      INVOCATION_ID,
      INVOCATION_HREF,
      CONFLATED,
      PROGRESS,
      OUTPUT,
      `#${BAD_REQUEST}`,
      `#${FORBIDDEN}`,
    ]) {
      expect(section).to.contain(`\`${name}\``);
    }
  });
});
