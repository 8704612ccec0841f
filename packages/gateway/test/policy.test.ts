import { ANONYMOUS, OPERATION_NAMES } from '@thingwright/core';
import { expect } from 'chai';
import { ADMIN } from '../src/authentication.js';
import { gatewayPolicy } from '../src/policy.js';

describe('gatewayPolicy', () => {
  const thing = { id: 'urn:uuid:0', name: 'lab' };
  const device = { id: 'device:lab', kind: 'device', grants: [] } as const;

  for (const operation of [...OPERATION_NAMES, 'describe'] as const) {
    it(`lets the admin ${operation}, and neither a device nor anybody else`, () => {
      expect(gatewayPolicy({ principal: ADMIN, thing, operation })).to.equal(true);
      expect(gatewayPolicy({ principal: device, thing, operation })).to.equal(false);
      expect(gatewayPolicy({ principal: ANONYMOUS, thing, operation })).to.equal(false);
    });
  }
});
