import type { UriVariables } from '@thingwright/core';

const EXPRESSION = /\{([?&]?)([^{}]+)\}/g;

const encode = (value: unknown): string =>
  encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value));

/**
 * Expands a form's URI template (RFC 6570 as TD 1.1 uses it: `{name}`, `{?a,b}`, `{&a,b}`). Variables without a value are
 * left out.
 */
export function expandTemplate(template: string, variables: UriVariables = {}): string {
  return template.replace(EXPRESSION, (_all, operator: string, names: string) => {
    const given = names.split(',').filter((name) => Object.hasOwn(variables, name) && variables[name] !== undefined);
    if (given.length === 0) return '';
    if (operator === '') return given.map((name) => encode(variables[name])).join(',');
    return operator + given.map((name) => `${encodeURIComponent(name)}=${encode(variables[name])}`).join('&');
  });
}
