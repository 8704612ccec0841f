import { type Exposure, expose, state, ThingError } from '@thingwright/core';
import { smallFile } from './print-file.js';
import { Printer } from './printer.model.js';
import type { PrintSource } from './printer-control.js';
import type { PrinterDevice } from './printer-device.js';

/** The Thing of a printer. */
export const printer = (device: PrinterDevice): Exposure => {
  const { title, facts, status, jobs, control, management } = device;
  const model = title === undefined || title === Printer.title ? Printer : { ...Printer, title };
  return expose(model, () => ({
    properties: {
      uuid: state(device.uuid),
      ...facts.properties,
      ...status.properties,
      ...jobs.properties,
      authorized: device.authorized,
    },
    actions: {
      authorizeWithPassword: ({ password }) => management.authorize(password),
      rename: ({ name }) => management.rename(name),
      modifyPassword: ({ oldPassword, newPassword, clearKeys = false }) =>
        management.modifyPassword(oldPassword, { to: newPassword, clearsKeys: clearKeys }),
      resetPassword: ({ newPassword }) => management.resetPassword(newPassword),
      modifyNetwork: (settings) => management.modifyNetwork(settings),
      getWifiList: () => management.listWifi(),
      addTrust: async (key) => ({ accessId: await management.addTrust(key) }),
      listTrust: () => management.listTrust(),
      removeTrust: ({ accessId }) => management.removeTrust(accessId),
      startPrint: {
        accept: (input) => {
          sourceOf(input);
          control.accept('start');
        },
        run: (input, { signal, progress }) => control.start(sourceOf(input), { signal, progress }),
      },
      uploadFile: ({ path, file }, { signal, progress }) => control.upload(path, smallFile(file), { signal, progress }),
      listFiles: ({ path }) => control.list(path),
      getFileInfo: ({ path }) => control.describeFile(path),
      deleteFile: ({ path }) => control.remove(path),
      pause: () => control.command('pause'),
      resume: () => control.command('resume'),
      abort: () => control.command('abort'),
      clearJob: () => control.command('quit'),
      setToolheadTemperature: ({ index, temperature }) => control.heat(temperature, index),
      loadFilament: ({ index }) => control.moveFilament('load', index),
      unloadFilament: ({ index }) => control.moveFilament('unload', index),
      getDeviceInfo: async () => ({ ...(await control.describeDevice()) }),
      releaseControl: () => control.release(),
      refresh: () => control.refresh(),
    },
    events: { ...facts.events, ...status.events, ...jobs.events, ...control.events },
  }));
};

function sourceOf({
  path,
  file,
}: {
  readonly path?: string | undefined;
  readonly file?: { readonly name: string; readonly content: string } | undefined;
}): PrintSource {
  if (path !== undefined && file === undefined) return { path };
  if (file !== undefined && path === undefined) return { file: smallFile(file) };
  throw new ThingError('invalid', 'Either path or file is needed: a file of the printer, or one to send');
}
