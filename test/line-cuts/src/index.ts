export { type LineCounts, type LineCutter, type LineCutterOptions, openLineCutter } from './line-cutter.js';
export { ENDINGS, type Ending, type LinePlan, type PlanOptions, planLine, type Way } from './line-plan.js';
export { createRandom, type Random } from './random.js';
