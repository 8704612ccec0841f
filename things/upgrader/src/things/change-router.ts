import { Observable, type Subscriber } from 'rxjs';
import type { Fleet } from '../fleet.js';
import type { CampaignChange, UpgradeChange } from '../upgrade-change.js';
import type { UpgradeRecord } from '../upgrade-record.js';

/** Changes by what they are about: what one costs does not grow with the number of those who follow others. */
export interface ChangeRouter extends Disposable {
  /** Of the upgrades of a device. */
  ofDevice(id: string): Observable<UpgradeChange>;
  /** Of the upgrades of a campaign. */
  ofUpgradesIn(campaign: string): Observable<UpgradeChange>;
  /** Of a campaign. */
  ofCampaign(id: string): Observable<CampaignChange>;
  /** Emits when a device came, went, or is not what it was. */
  ofFleet(id: string): Observable<string>;
}

/** Makes the router of a record and a fleet. */
export function routeChanges(
  record: Pick<UpgradeRecord, 'upgrades' | 'campaigns'>,
  fleet: Pick<Fleet, 'changes'>,
): ChangeRouter {
  const devices = followers<UpgradeChange>();
  const members = followers<UpgradeChange>();
  const campaigns = followers<CampaignChange>();
  const fleetDevices = followers<string>();
  const subscription = record.upgrades.subscribe((change) => {
    devices.tell(change.upgrade.device, change);
    if (change.upgrade.campaign !== null) members.tell(change.upgrade.campaign, change);
  });
  subscription.add(record.campaigns.subscribe((change) => campaigns.tell(change.campaign.id, change)));
  subscription.add(fleet.changes.subscribe((id) => fleetDevices.tell(id, id)));
  return {
    ofDevice: devices.of,
    ofUpgradesIn: members.of,
    ofCampaign: campaigns.of,
    ofFleet: fleetDevices.of,
    [Symbol.dispose]: () => subscription.unsubscribe(),
  };
}

function followers<T>() {
  const all = new Map<string, Set<Subscriber<T>>>();
  return {
    of: (key: string): Observable<T> =>
      new Observable((subscriber) => {
        const those = all.get(key) ?? new Set();
        all.set(key, those);
        those.add(subscriber);
        return () => {
          those.delete(subscriber);
          if (those.size === 0 && all.get(key) === those) all.delete(key);
        };
      }),
    tell(key: string, change: T): void {
      for (const subscriber of all.get(key) ?? []) subscriber.next(change);
    },
  };
}
