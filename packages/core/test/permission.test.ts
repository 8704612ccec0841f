import { expect } from 'chai';
import type { PolicyQuestion } from '../src/index.js';
import { Permission } from '../src/permission.js';
import { ThingError } from '../src/thing-error.js';
import { ADA } from './workbench.js';

describe('A permission', () => {
  const thing = { id: 'urn:x', name: 'x', model: { title: 'X' } };

  it('asks the policy with just what the question is about', () => {
    const asked: PolicyQuestion[] = [];
    const permission = new Permission(thing, (question) => asked.push(question) > 0);
    permission.demand('readallproperties', { principal: ADA });
    permission.allows('readproperty', { principal: ADA }, 'p');
    permission.allowsInvocation('queryaction', { principal: ADA }, { affordance: 'a', invoker: 'user:bob' });
    expect(asked).to.deep.equal([
      { principal: ADA, thing, operation: 'readallproperties' },
      { principal: ADA, thing, operation: 'readproperty', affordance: 'p' },
      { principal: ADA, thing, operation: 'queryaction', affordance: 'a', invoker: 'user:bob' },
    ]);
  });

  it('refuses in words that name who, what and where', () => {
    const permission = new Permission(thing, () => false);
    expect(() => permission.demand('readproperty', { principal: ADA }, 'p'))
      .to.throw(ThingError, "user:ada may not readproperty 'p' of 'X'")
      .with.property('code', 'forbidden');
    expect(() => permission.demand('readallproperties', { principal: ADA })).to.throw(
      "may not readallproperties of 'X'",
    );
  });
});
