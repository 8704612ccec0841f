import { nullable } from '@thingwright/core';
import * as t from 'typebox';
import type { ScanRequest } from '../scans.js';

const uuid = () => t.String({ format: 'uuid' });
const maybe = <Schema extends t.TSchema>(schema: Schema) => t.Optional(nullable(schema));
const XYZ = t.Object({ x: t.Number(), y: t.Number(), z: t.Number() });

const AcquisitionParameter = t.Object({ fov_scaling: XYZ, fov_offset: XYZ, fov_rotation: XYZ });

const AcquisitionLimits = t.Object({
  patient_height: t.Integer({ minimum: 0 }),
  patient_weight: t.Integer({ minimum: 0 }),
  patient_gender: t.Optional(t.Enum(['MALE', 'FEMALE', 'OTHER', 'NOT_GIVEN'])),
  patient_age: t.Integer({ minimum: 0 }),
});

/** A sequence in the words of the wire (`MRISequenceOut`). */
export const Sequence = t.Object({
  name: t.String(),
  description: maybe(t.String()),
  sequence_type: maybe(t.String()),
  tags: maybe(t.Array(t.String())),
  seq_file: t.String(),
  seq_file_extension: maybe(t.String()),
  xml_file: maybe(t.String()),
  xml_file_extension: maybe(t.String()),
});

/**
 * The body with which a scan is started (`AcquisitionTaskOut`): of what it has, what a scan is made of. A `sequence` is not asked for by
 * the device manager, which looks it up by its id; with one, nothing has to be looked up.
 */
export const AcquisitionTask = t.Object({
  id: uuid(),
  task_type: t.Literal('ACQUISITION'),
  workflow_id: maybe(uuid()),
  name: t.String(),
  description: t.Optional(t.String()),
  destination: t.Optional(t.String()),
  device_id: maybe(uuid()),
  sequence_id: maybe(t.String({ pattern: '^[0-9a-f]{24}$' })),
  acquisition_parameter: maybe(AcquisitionParameter),
  acquisition_limits: maybe(AcquisitionLimits),
  calibration: maybe(t.Array(t.Enum(['flip-angle', 'frequency', 'shims']))),
  mrd_header: maybe(t.String()),
  sequence: maybe(Sequence),
});

/** A checked sequence. */
export type Sequence = t.Static<typeof Sequence>;

/** A checked body. */
export type AcquisitionTask = t.Static<typeof AcquisitionTask>;

/** Puts a task into the words of the Thing. */
export function toScanRequest(task: AcquisitionTask, sequence: Sequence): ScanRequest {
  const { workflow_id: workflowId, acquisition_parameter: view, acquisition_limits: limits } = task;
  return {
    taskId: task.id,
    ...(workflowId === undefined ? {} : { workflowId }),
    name: task.name,
    description: task.description ?? '',
    destination: task.destination ?? '',
    sequence: {
      ...(task.sequence_id ? { id: task.sequence_id } : {}),
      name: sequence.name,
      description: sequence.description ?? '',
      sequenceType: sequence.sequence_type ?? '',
      tags: sequence.tags ?? [],
      seqFile: sequence.seq_file,
      seqFileExtension: sequence.seq_file_extension ?? '.seq',
      xmlFile: sequence.xml_file ?? null,
      xmlFileExtension: sequence.xml_file_extension ?? null,
    },
    ...(view
      ? {
          acquisitionParameter: {
            fovScaling: view.fov_scaling,
            fovOffset: view.fov_offset,
            fovRotation: view.fov_rotation,
          },
        }
      : {}),
    acquisitionLimits: limits
      ? {
          patientHeight: limits.patient_height,
          patientWeight: limits.patient_weight,
          patientGender: limits.patient_gender ?? 'NOT_GIVEN',
          patientAge: limits.patient_age,
        }
      : null,
    calibration: task.calibration ?? [],
    mrdHeader: task.mrd_header ?? null,
  };
}
