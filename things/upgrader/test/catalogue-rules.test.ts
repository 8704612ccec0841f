import { expect } from 'chai';
import {
  boardsOf,
  discovered,
  type FiledImage,
  type FleetDevice,
  isSelectable,
  refusalOfFirmware,
  refusalOfOs,
  refusalOfPlace,
  refusalOfType,
  startsUpgrade,
  typeOfFile,
} from '../src/index.js';
import { START, uuid } from './fixture.js';

const times = { created: START, modified: START };
const hardware = [
  { key: 'x.bin', label: 'Model X', boards: ['Board x', 'Board x2'] },
  { key: 'y.bin', label: 'Model Y', boards: ['Board y'] },
];
const filed = (organization: string | null, type = 'x.bin', os: string | null = 'OpenWrt'): FiledImage => ({
  image: {
    id: `${organization} ${type}`,
    build: uuid(1, '6'),
    type,
    fileName: 'f',
    size: 1,
    sha256: '',
    content: '',
    signature: null,
    ...times,
  },
  build: { id: uuid(1, '6'), category: uuid(1, '7'), version: '1', os, changelog: '', ...times },
  category: { id: `category of ${organization}`, name: 'c', description: '', organization, ...times },
});
const device = (more: Partial<FleetDevice> = {}): FleetDevice => ({
  id: uuid(1, '3'),
  name: 'd',
  title: 'D',
  organization: 'lab',
  model: 'Board x',
  os: 'OpenWrt',
  version: null,
  group: null,
  location: null,
  isActive: true,
  isOnline: true,
  connection: null,
  driver: 'simulator',
  created: START,
  ...more,
});

describe('the rules of the catalogue', () => {
  it('refuse an image for a device in the words that clients know', () => {
    const refusal = (more: Partial<FleetDevice>, image = filed('lab'), starts = true) => {
      const found = refusalOfFirmware(device(more), image, { hardware, starts });
      return found && `${found.field}: ${found.text}`;
    };
    expect(refusal({})).to.equal(undefined);
    expect(refusal({}, filed(null))).to.equal(undefined);
    expect(refusal({ model: null })).to.equal(undefined);
    expect(refusal({ isActive: false })).to.equal(
      '__all__: Firmware upgrades are not allowed for deactivated devices.',
    );
    expect(refusal({}, filed('other'))).to.match(/^image: The organization of the image doesn't match/);
    expect(refusal({ driver: null })).to.match(
      /^__all__: This device does not have a related connection object defined/,
    );
    expect(refusal({ driver: null }, filed('lab'), false), 'nothing would start').to.equal(undefined);
    expect(refusal({ model: 'Board y' })).to.equal('__all__: Device model and image model do not match');
  });

  it('begin an upgrade for another image, and for one that is not installed', () => {
    const has = (installed: boolean) => ({ id: '1', device: 'd', image: 'a', installed, ...times });
    expect([
      startsUpgrade(undefined, 'a'),
      startsUpgrade(has(true), 'b'),
      startsUpgrade(has(false), 'a'),
    ]).to.deep.equal([true, true, true]);
    expect(startsUpgrade(has(true), 'a')).to.equal(false);
  });

  it('take a type from the name of a file, and refuse one without boards', () => {
    expect(typeOfFile('openwrt-ramips-x.bin')).to.equal('ramips-x.bin');
    expect(typeOfFile('firmware.bin')).to.equal('');
    expect(boardsOf('x.bin', hardware)).to.deep.equal(['Board x', 'Board x2']);
    expect(refusalOfType('x.bin', hardware)).to.equal(undefined);
    expect(refusalOfType('z.bin', hardware)).to.deep.equal({
      field: 'type',
      text: 'Could not find boards for this type',
    });
  });

  it('name what another one has, and places of another organization', () => {
    expect(refusalOfOs('OpenWrt', 'lab').text).to.equal(
      'A build with this OS identifier ("OpenWrt") and organization ("lab") already exists',
    );
    const place = { id: 'p', name: 'p', organization: 'other' };
    expect(refusalOfPlace('group', place, filed('lab').category)).to.deep.equal({
      field: 'group',
      text: "The organization of the group doesn't match the organization of the build category",
    });
    expect(refusalOfPlace('location', place, filed('lab').category)?.text).to.match(
      /^The organization of the location/,
    );
    expect(refusalOfPlace('group', place, filed(null).category)).to.equal(undefined);
    expect(refusalOfPlace('group', place, filed('other').category)).to.equal(undefined);
  });

  it('let people choose what fits the device and what it has', () => {
    const choose = (image: FiledImage, before?: FiledImage, more: Partial<FleetDevice> = {}) =>
      isSelectable(device(more), image, { hardware, before });
    expect([choose(filed('lab')), choose(filed(null)), choose(filed('other'))]).to.deep.equal([true, true, false]);
    expect([choose(filed('lab', 'y.bin')), choose(filed('lab', 'y.bin'), undefined, { model: null })]).to.deep.equal([
      false,
      true,
    ]);
    expect([choose(filed('lab'), filed('lab')), choose(filed('lab'), filed(null))]).to.deep.equal([true, false]);
  });

  it('recognize what a device runs by its system and its model, both', () => {
    const images = [filed('other'), filed(null), filed('lab', 'y.bin'), filed('lab')];
    const found = (more: Partial<FleetDevice>, among = images) => discovered(device(more), among, hardware)?.image.id;
    expect(found({})).to.equal('lab x.bin');
    expect(found({}, images.slice(0, 3))).to.equal('null x.bin');
    expect(found({}, images.slice(0, 1))).to.equal(undefined);
    expect(found({ model: 'Board y' })).to.equal('lab y.bin');
    for (const more of [{ os: null }, { model: null }, { os: 'Other' }]) expect(found(more)).to.equal(undefined);
    expect(found({}, [filed('lab', 'x.bin', null)])).to.equal(undefined);
  });
});
