export { FINDINGS, type FindingId } from './catalogue.ts';
export { findingsOf } from './findings.ts';
export { impactSentence } from './suffering.ts';
export { participantName, wantedLock } from './deadlock-story.ts';
export { phaseWaits } from './phase-waits.ts';
export { planText } from './plan-changed.ts';
export { statementsOf, longestHold, type MigrationStatement } from './statements.ts';
export { workSentence } from './work-sentence.ts';
export { aloneSentence, factor, timeText } from './alone.ts';
