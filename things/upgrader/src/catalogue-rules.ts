import type { Build, Category, DeviceFirmware, FirmwareImage, HardwareType } from './catalogue.js';
import type { FleetDevice, Place } from './fleet.js';

/** Why an entry cannot be, in the words of the reference (section 4.2), and which member is to blame; `__all__`: none alone. */
export interface CatalogueRefusal {
  readonly field: '__all__' | 'image' | 'type' | 'os' | 'group' | 'location';
  readonly text: string;
}

/** An image, with what it belongs to. */
export interface FiledImage {
  readonly image: FirmwareImage;
  readonly build: Build;
  readonly category: Category;
}

const NO_CONNECTION =
  'This device does not have a related connection object defined yet and therefore it would not be possible to upgrade it, please add one in the section named "Credentials"';

/** Whether a device can be given an image; undefined: it can. `starts` says whether an upgrade would begin. */
export function refusalOfFirmware(
  device: FleetDevice,
  { image, category }: FiledImage,
  { hardware, starts }: { readonly hardware: readonly HardwareType[]; readonly starts: boolean },
): CatalogueRefusal | undefined {
  const { isActive, organization, driver, model } = device;
  if (!isActive) return all('Firmware upgrades are not allowed for deactivated devices.');
  if (category.organization !== null && category.organization !== organization) {
    return { field: 'image', text: "The organization of the image doesn't match the organization of the device" };
  }
  if (starts && driver === null) return all(NO_CONNECTION);
  const fits = model === null || boardsOf(image.type, hardware).includes(model);
  return fits ? undefined : all('Device model and image model do not match');
}

const all = (text: string): CatalogueRefusal => ({ field: '__all__', text });

/** Whether giving a device that image begins an upgrade: it is another one, or is not installed. */
export const startsUpgrade = (before: DeviceFirmware | undefined, image: string): boolean =>
  before === undefined || before.image !== image || !before.installed;

/** The boards that a type is for; none: there is no such type. */
export const boardsOf = (type: string, hardware: readonly HardwareType[]): readonly string[] =>
  hardware.find(({ key }) => key === type)?.boards ?? [];

/** The type of an image by the name of its file, where none was said: what comes after the first hyphen. */
export function typeOfFile(fileName: string): string {
  const hyphen = fileName.indexOf('-');
  return hyphen === -1 ? '' : fileName.slice(hyphen + 1);
}

/** Whether there can be an image of that type. */
export const refusalOfType = (type: string, hardware: readonly HardwareType[]): CatalogueRefusal | undefined =>
  boardsOf(type, hardware).length === 0 ? { field: 'type', text: 'Could not find boards for this type' } : undefined;

/** What is said of an operating system that another build of the organization has. */
export const refusalOfOs = (os: string, organization: string | null): CatalogueRefusal => ({
  field: 'os',
  text: `A build with this OS identifier ("${os}") and organization ("${organization}") already exists`,
});

/** Whether a campaign can be for a group or a location. */
export const refusalOfPlace = (
  field: 'group' | 'location',
  place: Place,
  { organization }: Category,
): CatalogueRefusal | undefined =>
  organization === null || place.organization === organization
    ? undefined
    : { field, text: `The organization of the ${field} doesn't match the organization of the build category` };

/** Whether people may choose an image for a device (reference, section 8.3): `before` is what it has. */
export function isSelectable(
  device: FleetDevice,
  { image, category }: FiledImage,
  { hardware, before }: { readonly hardware: readonly HardwareType[]; readonly before?: FiledImage | undefined },
): boolean {
  const { organization, model } = device;
  return (
    (category.organization === null || category.organization === organization) &&
    (model === null || boardsOf(image.type, hardware).includes(model)) &&
    (before === undefined || before.category.id === category.id)
  );
}

/** The image that a device says it runs: its system and its model fit; of several, that of its own organization. */
export function discovered(
  device: FleetDevice,
  filed: readonly FiledImage[],
  hardware: readonly HardwareType[],
): FiledImage | undefined {
  const { os, model, organization } = device;
  if (os === null || model === null) return undefined;
  const fitting = filed.filter(({ image, build }) => build.os === os && boardsOf(image.type, hardware).includes(model));
  const of = (owner: string | null) => fitting.find(({ category }) => category.organization === owner);
  return of(organization) ?? of(null);
}
