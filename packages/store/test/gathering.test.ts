import type { InvocationStatus, KeptInvocation } from '@thingwright/core';
import { expect } from 'chai';
import { Gathering } from '../src/gathering.js';

const kept = (actionID: string, state: InvocationStatus['state']): KeptInvocation => ({
  status: { actionID, action: 'bake', state, timeRequested: '2026-03-04T06:17:31Z' },
  invoker: { id: 'user:ada', kind: 'user', grants: [] },
  uriVariables: {},
  cancelled: false,
});

describe('A group that is gathered', () => {
  it('says nothing of an invocation that begins and is forgotten in it', () => {
    const gathering = new Gathering();
    gathering.keepInvocation(1, kept('a', 'pending'));
    gathering.keepInvocation(1, kept('a', 'failed'));
    gathering.forgetInvocation('a');
    expect(gathering.isEmpty).to.equal(true);
  });

  it('forgets an invocation that an earlier group may have told of', () => {
    const gathering = new Gathering();
    gathering.keepInvocation(1, kept('a', 'pending'));
    expect(gathering.seal('run', 1).group.invocations.map(({ id }) => id)).to.deep.equal(['a']);
    gathering.keepInvocation(1, kept('a', 'failed'));
    gathering.forgetInvocation('a');
    gathering.forgetInvocation('b');
    const { group } = gathering.seal('run', 2);
    expect([group.invocations, group.forgottenInvocations]).to.deep.equal([[], ['a', 'b']]);
  });

  it('writes an invocation as it stands when the group is closed', () => {
    const gathering = new Gathering();
    gathering.forgetInvocation('a');
    gathering.keepInvocation(1, kept('a', 'pending'));
    gathering.keepInvocation(1, kept('a', 'running'));
    const { group } = gathering.seal('run', 1);
    expect(group.invocations.map(({ state }) => state)).to.deep.equal(['running']);
    expect(group.forgottenInvocations).to.deep.equal([]);
  });
});
