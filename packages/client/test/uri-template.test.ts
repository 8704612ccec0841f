import { expect } from 'chai';
import { expandTemplate } from '../src/uri-template.js';

describe('expandTemplate', () => {
  it('puts variables into paths and queries, and leaves out what has no value', () => {
    const expand = (template: string): string => expandTemplate(template, { a: 'x y', b: 2, c: undefined });
    expect(expand('http://h/p{?a,b,c}')).to.equal('http://h/p?a=x%20y&b=2');
    expect(expand('http://h/p?q=1{&b}')).to.equal('http://h/p?q=1&b=2');
    expect(expand('http://h/{a}/p{?c}')).to.equal('http://h/x%20y/p');
    expect(expandTemplate('http://h/p{?a}')).to.equal('http://h/p');
  });

  it('never takes what all objects have for a variable', () => {
    expect(expandTemplate('http://h/p{?constructor,toString}', {})).to.equal('http://h/p');
  });
});
