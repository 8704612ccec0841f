import { nullable } from '@thingwright/core';
import * as t from 'typebox';

const time = () => t.String({ format: 'date-time' });
const seconds = (description: string) => nullable(t.Number({ unit: 's', minimum: 0, description }));

/** How a job stands. */
const JOB_STATES = ['preparing', 'printing', 'paused', 'completed', 'aborted'] as const;

/** A print, from its start to its end. The wire names neither job nor file: what is not known here was begun by somebody else. */
export const Job = t.Object({
  jobId: t.String({ format: 'uuid', description: 'Given here, not by the device.' }),
  file: nullable(t.String({ description: 'What was sent or selected; null: somebody else began it.' })),
  state: t.Enum([...JOB_STATES]),
  startedAt: time(),
  endedAt: nullable(time()),
  elapsed: seconds('Time that it has run, without pauses where the device tells it.'),
  estimate: seconds('How long it takes in all, as its file says.'),
  timeLeft: seconds('From the estimate and the progress.'),
  traveled: nullable(
    t.Number({ description: 'Way of the toolhead so far, in the unit of the device, which it does not tell.' }),
  ),
});

/** A job, or which one something happened to. */
const happened = {
  jobId: t.String({ format: 'uuid' }),
  file: nullable(t.String()),
  at: time(),
};

/** Something happened to a job. */
export const JobNews = t.Object(happened);

/** A job ended before its time. */
export const JobAborted = t.Object({
  ...happened,
  reason: t.Enum(['aborted', 'unseen'], {
    description: 'unseen: the printer was cleared, or began another job, before its end was seen.',
  }),
});

/** A file on its way to the printer. */
export const UploadProgress = t.Object({
  sentBytes: t.Integer({ unit: 'By', minimum: 0 }),
  sizeBytes: t.Integer({ unit: 'By', minimum: 0 }),
});
