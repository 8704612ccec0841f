import { nullable } from '@thingwright/core';
import * as t from 'typebox';

const time = (description?: string) => t.String({ format: 'date-time', ...(description ? { description } : {}) });
const id = (description?: string) => t.String({ format: 'uuid', ...(description ? { description } : {}) });
const open = { additionalProperties: true };

/** A number for each axis; `description` says what its unit is. */
const xyz = (description: string) =>
  t.Object({ x: t.Number({ description }), y: t.Number({ description }), z: t.Number({ description }) });
const OF_THE_DEVICE = 'The wire names no unit: it is that of the device.';

/** The field of view of a scan, relative to that of its sequence. */
const AcquisitionParameter = t.Object({
  fovScaling: t.Optional(xyz('A factor, without a unit.')),
  fovOffset: t.Optional(xyz(OF_THE_DEVICE)),
  fovRotation: t.Optional(xyz(OF_THE_DEVICE)),
});

/** The person in the scanner: what its safety limits are computed from. */
const AcquisitionLimits = t.Object({
  patientHeight: t.Integer({ unit: 'cm', minimum: 0 }),
  patientWeight: t.Integer({ unit: 'kg', minimum: 0 }),
  patientGender: t.Optional(t.Enum(['MALE', 'FEMALE', 'OTHER', 'NOT_GIVEN'], { default: 'NOT_GIVEN' })),
  patientAge: t.Integer({ minimum: 0, description: 'Years.' }),
});

/** The Pulseq sequence that is played out. */
const Sequence = t.Object({
  id: t.Optional(t.String({ pattern: '^[0-9a-f]{24}$', description: 'Generated if absent.' })),
  name: t.String(),
  description: t.Optional(t.String()),
  sequenceType: t.Optional(t.String()),
  tags: t.Optional(t.Array(t.String())),
  seqFile: t.String({ description: 'The Pulseq text.' }),
  seqFileExtension: t.Optional(t.String({ default: '.seq' })),
  xmlFile: t.Optional(nullable(t.String())),
  xmlFileExtension: t.Optional(nullable(t.String())),
});

/** What `startScan` is asked with. */
export const ScanRequest = t.Object({
  taskId: t.Optional(id('Generated if absent; one that was used before is refused.')),
  workflowId: t.Optional(nullable(id())),
  name: t.Optional(t.String({ default: 'scan' })),
  description: t.Optional(t.String({ default: '' })),
  destination: t.Optional(t.String({ default: '' })),
  sequence: Sequence,
  acquisitionParameter: t.Optional(AcquisitionParameter),
  acquisitionLimits: t.Optional(nullable(AcquisitionLimits)),
  calibration: t.Optional(
    t.Array(t.Enum(['flip-angle', 'frequency', 'shims']), { description: 'For devices of the second generation.' }),
  ),
  mrdHeader: t.Optional(nullable(t.String())),
  expectResult: t.Optional(
    t.Boolean({ default: true, description: 'false: the scan is finished without a file having arrived.' }),
  ),
  maxSilenceSeconds: t.Optional(
    t.Integer({
      unit: 's',
      minimum: 1,
      maximum: 86_400,
      default: 1800,
      description: 'The scan has failed when the device says nothing of it for so long.',
    }),
  ),
});

/** Why a scan failed. */
export const SCAN_FAILURES = ['device-error', 'no-ack', 'disconnected', 'silent', 'aborted', 'server-restart'] as const;

/** A scan that failed: a code of the list and what is known besides. */
const ScanFailure = t.Object({ code: t.Enum([...SCAN_FAILURES]), message: t.String() });

/** One scan, as it stands. */
export const Task = t.Object({
  taskId: id(),
  name: t.String(),
  status: t.Enum(['NEW', 'UPDATED', 'STARTED', 'INPROGRESS', 'FINISHED', 'ERROR']),
  progress: t.Integer({ unit: '%', minimum: 0, maximum: 100 }),
  sequenceId: t.String(),
  createdAt: time(),
  sentAt: time(),
  acknowledgedAt: nullable(time()),
  endedAt: nullable(time()),
  error: nullable(ScanFailure),
  resultIds: t.Array(t.String()),
});

/** One file of a result. */
const ResultFile = t.Object({
  name: t.String({ description: 'A safe name.' }),
  originalName: t.String({ description: 'What the device called it; never use it as a path.' }),
  size: t.Integer({ unit: 'By' }),
  sha256: t.String({ pattern: '^[0-9a-f]{64}$' }),
  contentType: t.String(),
  href: t.String({ description: 'Where its bytes are, with ranges.' }),
});

/** The kinds of results, by the suffix of their file. */
export const RESULT_TYPES = ['DICOM', 'MRD', 'NUMPY', 'CALIBRATION', 'NOT_SET'] as const;

/** What a scan left behind. */
export const Result = t.Object({
  resultId: t.String(),
  taskId: id(),
  type: t.Enum([...RESULT_TYPES]),
  createdAt: time(),
  parameter: nullable(t.Object({}, { ...open, description: 'The parameters that were used.' })),
  files: t.Array(ResultFile),
});

/** What came of a scan. */
export const ScanOutcome = t.Object({
  taskId: id(),
  status: t.Enum(['FINISHED', 'ERROR']),
  resultIds: t.Array(t.String()),
  error: nullable(ScanFailure),
});

/** Why a file was not taken, or not to its end. */
export const UPLOAD_FAILURES = [
  'checksum',
  'overrun',
  'stalled',
  'disconnected',
  'aborted',
  'quota',
  'bad-name',
  'not-allowed',
] as const;

/** A file that did not arrive. */
export const UploadFailure = t.Object({
  taskId: t.String(),
  fileName: t.String({ description: 'What the device called it.' }),
  reason: t.Enum([...UPLOAD_FAILURES]),
  receivedBytes: t.Integer({ unit: 'By' }),
  sizeBytes: t.Integer({ unit: 'By' }),
});
