import { expect } from 'chai';
import * as t from 'typebox';
import { toDataSchema } from '../src/data-schema.js';
import { nullable } from '../src/index.js';

describe('toDataSchema', () => {
  it('keeps every term that a Thing Description has, and prefixed ones', () => {
    const schemas = [
      {
        '@type': 'om2:Temperature',
        title: 'Temperature',
        titles: { de: 'Temperatur' },
        description: 'Of the water',
        descriptions: { de: 'Des Wassers' },
        unit: 'om2:degreeCelsius',
        type: 'number',
        default: 20,
        minimum: 0,
        exclusiveMinimum: -1,
        maximum: 100,
        exclusiveMaximum: 101,
        multipleOf: 0.5,
        readOnly: true,
        'x:accuracy': { digits: 1 },
      },
      {
        type: 'string',
        const: 'a',
        enum: ['a'],
        format: 'uuid',
        minLength: 1,
        maxLength: 2,
        pattern: '^a',
        contentEncoding: 'base64',
        contentMediaType: 'image/png',
        writeOnly: true,
      },
      { type: 'array', items: { type: 'null' }, minItems: 1, maxItems: 2 },
      { type: 'object', properties: { a: { type: 'boolean' } }, required: ['a'] },
      { oneOf: [{ type: 'integer' }, { type: 'null' }] },
    ];
    for (const schema of schemas) expect(toDataSchema(schema, 'it')).to.deep.equal(schema);
  });

  it('drops what means nothing to a reader of Thing Descriptions, at every depth', () => {
    const inner = { $id: 'x', $comment: 'x', examples: [1], type: 'integer' };
    const schema = {
      type: 'object',
      additionalProperties: false,
      properties: {
        a: inner,
        b: { type: 'array', items: inner },
        c: { oneOf: [inner] },
        d: { type: 'array', items: [inner] },
      },
    };
    expect(toDataSchema(schema, 'it')).to.deep.equal({
      type: 'object',
      properties: {
        a: { type: 'integer' },
        b: { type: 'array', items: { type: 'integer' } },
        c: { oneOf: [{ type: 'integer' }] },
        d: { type: 'array', items: [{ type: 'integer' }] },
      },
    });
  });

  it('gives the type of an enumeration where it has one', () => {
    expect(toDataSchema(t.Enum(['a', 'b']), 'it')).to.deep.equal({ type: 'string', enum: ['a', 'b'] });
    expect(toDataSchema(t.Enum([1, 2.5]), 'it')).to.deep.equal({ type: 'number', enum: [1, 2.5] });
    expect(toDataSchema({ enum: ['a', 1, null] }, 'it')).to.deep.equal({ enum: ['a', 1, null] });
  });

  it('says what TypeBox makes', () => {
    const schema = t.Object({
      size: t.Optional(t.Integer({ minimum: 1 })),
      name: nullable(t.String()),
      pair: t.Tuple([t.String(), t.Number()]),
      kind: t.Literal('lamp'),
      any: t.Unknown(),
    });
    expect(toDataSchema(schema, 'it')).to.deep.equal({
      type: 'object',
      required: ['name', 'pair', 'kind', 'any'],
      properties: {
        size: { type: 'integer', minimum: 1 },
        name: { oneOf: [{ type: 'string' }, { type: 'null' }] },
        pair: { type: 'array', items: [{ type: 'string' }, { type: 'number' }], minItems: 2 },
        kind: { type: 'string', const: 'lamp' },
        any: {},
      },
    });
  });

  it('keeps members named as those of a prototype', () => {
    const schema: object = JSON.parse('{"type":"object","properties":{"__proto__":{"type":"null"},"constructor":{}}}');
    expect(JSON.stringify(toDataSchema(schema, 'it'))).to.equal(JSON.stringify(schema));
  });

  it('refuses what a Thing Description cannot say, and names the place', () => {
    const inexpressible: readonly [t.TSchema, string][] = [
      [t.Union([t.String(), t.Number()]), "'anyOf'"],
      [t.Intersect([t.Object({}), t.Object({})]), "'allOf'"],
      [t.Never(), "'not'"],
      [t.Record(t.String(), t.Number()), "'patternProperties'"],
      [t.Array(t.String(), { uniqueItems: true }), "'uniqueItems'"],
      [t.Object({}, { minProperties: 1 }), "'minProperties'"],
      [t.Undefined(), 'the type "undefined"'],
      [t.BigInt(), 'the type "bigint"'],
      [t.Unsafe<string | null>({ type: ['string', 'null'] }), 'the type ["string","null"]'],
    ];
    for (const [schema, what] of inexpressible) {
      expect(() => toDataSchema(schema, 'it')).to.throw(TypeError, `it: a Thing Description cannot say ${what}`);
      const nested = t.Object({ list: t.Array(t.Object({ x: schema })) });
      expect(() => toDataSchema(nested, 'it')).to.throw(TypeError, `it.list items.x: a Thing Description cannot say`);
    }
    expect(() => toDataSchema(t.Tuple([t.Never()]), 'it')).to.throw('it items 0:');
    expect(() => toDataSchema(nullable(t.Never()), 'it')).to.throw('it oneOf 0:');
  });
});
