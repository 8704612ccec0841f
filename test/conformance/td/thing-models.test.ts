import { toThingModel } from '@thingwright/core';
import { expect } from 'chai';
import { committedDescriptions, committedModels } from '../fixture/committed.js';
import { at, isObject, type Message } from '../fixture/consumer.js';
import { changed } from '../fixture/descriptions.js';
import { openGreenhouse } from '../fixture/greenhouse.js';
import { descriptionFaults, modelFaults } from '../fixture/schemas.js';

/** A Thing Model with a Thing Description made from it. */
interface Pair {
  readonly from: string;
  readonly tm: unknown;
  readonly td: unknown;
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const GROUPS = ['properties', 'actions', 'events'] as const;

const group = (of: unknown, name: (typeof GROUPS)[number]): Readonly<Record<string, Message>> => {
  const members = at(of, name);
  if (!isObject(members)) return {};
  return Object.fromEntries(Object.entries(members).map(([key, member]) => [key, isObject(member) ? member : {}]));
};

/** A TD as anybody could derive it: forms and security of its own, no type of models. */
function derive(tm: unknown): unknown {
  const bare = isObject(tm) ? tm : {};
  const type = asList(bare['@type']).filter((each) => each !== 'tm:ThingModel');
  const withForms = (name: (typeof GROUPS)[number]) =>
    Object.entries(group(tm, name)).map(([key, affordance]) => [key, { ...affordance, forms: [{ href: key }] }]);
  const sections = GROUPS.filter((name) => bare[name] !== undefined).map((name) => [
    name,
    Object.fromEntries(withForms(name)),
  ]);
  const { '@type': _, version, ...rest } = bare;
  return {
    ...rest,
    ...(type.length === 0 ? {} : { '@type': type }),
    ...(isObject(version) ? { version: { ...version, instance: '1' } } : {}),
    ...Object.fromEntries(sections),
    securityDefinitions: { none: { scheme: 'nosec' } },
    security: 'none',
  };
}

describe('Thing Models', () => {
  let pairs: readonly [Pair, ...Pair[]];

  before(async () => {
    await using house = await openGreenhouse();
    const tm: unknown = JSON.parse(JSON.stringify(toThingModel(house.vent.model)));
    const committed = committedModels().map(({ file, content }) => {
      const twin = file.replace('.tm.json', '.td.json');
      const td = committedDescriptions().find((description) => description.file === twin)?.content;
      return { from: file, tm: content, td };
    });
    pairs = [{ from: 'fixture', tm, td: await house.td() }, ...committed];
  });

  it('tm-identification: a Thing Model says that it is one', () => {
    for (const { from, tm } of pairs) {
      expect(modelFaults(tm), from).to.deep.equal([]);
      expect(asList(at(tm, '@type'))).to.include('tm:ThingModel');
    }
    expect(modelFaults(changed(pairs[0].tm, ['@type'], 'iot:Actuator'))).not.to.deep.equal([]);
  });

  it('tm-context-requirement: its context is that of a Thing Description', () => {
    for (const { tm } of pairs) {
      expect(asList(at(tm, '@context'))[0]).to.equal('https://www.w3.org/2022/wot/td/v1.1');
    }
    expect(modelFaults(changed(pairs[0].tm, ['@context'], 'https://example.com/ns'))).not.to.deep.equal([]);
  });

  it('tm-versioning-1: it has the version of the model', () => {
    for (const { from, tm } of pairs) expect(at(tm, 'version', 'model'), from).to.be.a('string');
  });

  it('tm-versioning-2: it has no version of an instance', () => {
    for (const { from, tm } of pairs) expect(at(tm, 'version', 'instance'), from).to.equal(undefined);
  });

  it('tm-td-generation-inconsistencies: a valid Thing Description can be derived', () => {
    for (const { from, tm } of pairs) expect(descriptionFaults(derive(tm)), from).to.deep.equal([]);
    const impossible = changed(pairs[0].tm, ['properties', 'angle', 'type'], 'float');
    expect(descriptionFaults(derive(impossible))).not.to.deep.equal([]);
  });

  it('thing-model-td-generation-processor-type: a Thing Description does not say that it is a model', () => {
    for (const { from, td } of pairs) expect(asList(at(td, '@type')), from).not.to.include('tm:ThingModel');
    expect(at(pairs[0].td, '@type')).to.equal('iot:Actuator');
  });

  it('thing-model-td-generation-processor-required: it has every affordance of its model', () => {
    for (const { from, tm, td } of pairs) {
      for (const name of GROUPS) {
        expect(Object.keys(group(td, name)), `${from} ${name}`).to.have.members(Object.keys(group(tm, name)));
      }
    }
  });

  it('thing-model-td-generation-processor-forms: it has forms and security', () => {
    for (const { td, from } of pairs) {
      expect(descriptionFaults(td), from).to.deep.equal([]);
      expect(at(td, 'security')).to.be.a('string');
      for (const name of GROUPS) {
        for (const affordance of Object.values(group(td, name))) {
          expect(affordance.forms).to.be.an('array').with.length.greaterThan(0);
        }
      }
    }
  });

  it('tm-derivation-validity: it says of each affordance all that its model says', () => {
    for (const { from, tm, td } of pairs) {
      for (const name of GROUPS) {
        for (const [key, affordance] of Object.entries(group(tm, name))) {
          expect(group(td, name)[key], `${from} ${key}`).to.deep.include(affordance);
        }
      }
    }
  });
});
