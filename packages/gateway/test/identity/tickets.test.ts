import { expect } from 'chai';
import { ADMIN } from '../../src/identity/authentication.js';
import { createTickets } from '../../src/identity/tickets.js';

describe('createTickets', () => {
  let present = 1_000_000;
  const now = () => present;

  it('redeems a ticket once', () => {
    const tickets = createTickets({ now });
    const { ticket, expiresIn } = tickets.make({ principal: ADMIN });
    expect(expiresIn).to.equal(30);
    expect(tickets.redeem(ticket)?.principal).to.equal(ADMIN);
    expect(tickets.redeem(ticket)).to.equal(undefined);
  });

  it('redeems no ticket after its time', () => {
    const tickets = createTickets({ now });
    const { ticket } = tickets.make({ principal: ADMIN });
    present += 30_000;
    expect(tickets.redeem(ticket)).to.equal(undefined);
  });

  it('hands on the end of the session that a ticket was made from', () => {
    const tickets = createTickets({ now });
    const ending = new AbortController();
    const { ticket } = tickets.make({ principal: ADMIN, ended: ending.signal });
    const other = tickets.make({ principal: ADMIN, ended: ending.signal });
    expect(tickets.redeem(ticket)?.ended).to.equal(ending.signal);
    ending.abort();
    expect(tickets.redeem(other.ticket)).to.equal(undefined);
  });
});
