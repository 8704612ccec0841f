import { type Exposure, expose } from '@thingwright/core';
import { Scanner } from './scanner.model.js';
import type { ScannerDevice } from './scanner-device.js';

/** How many results are given if nobody says how many. */
const RESULTS = 20;

/** The Thing of a scanner. */
export const scanner = (device: ScannerDevice): Exposure => {
  const { title, presence, scans, profile } = device;
  const model = title === undefined || title === Scanner.title ? Scanner : { ...Scanner, title };
  return expose(model, () => ({
    properties: {
      status: presence.statuses,
      connection: presence.connection,
      details: profile.details.value,
      label: { value: profile.label.value, write: (label) => profile.setLabel(label) },
      parameter: { value: profile.parameter.value, write: (parameter) => profile.setParameter({ ...parameter }) },
      reportedParameter: profile.reportedParameter.value,
      currentTask: scans.told.currentTask.value,
      progress: scans.told.progress.value,
      upload: device.upload.value,
      lastError: scans.told.lastError.value,
      results: device.results.value,
    },
    actions: {
      startScan: {
        accept: (request, access) => scans.accept(request, access),
        run: (request, run) => scans.scan(request, run),
        resumable: true,
      },
      abortScan: ({ taskId }) => scans.abort(taskId),
      clearError: () => device.clearError(),
      listResults: async ({ taskId, limit = RESULTS, before }) => [
        ...(await device.host.results.list(device.id, { limit, before, taskID: taskId })),
      ],
      deleteResult: ({ resultId }) => device.deleteResult(resultId),
    },
    events: device.events,
  }));
};
