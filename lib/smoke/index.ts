export { Progress } from './channel-test';
export { readChannels, selectChannels, SmokeChannel } from './channels';
export { Clock, systemClock } from './clock';
export { CHANNELS_VARIABLE, Environment, missingCredentials } from './environment';
export { ReasonCode, UsageError } from './failure';
export { main } from './main';
export { AttemptReport, ChannelReport, DiagnosisItem, Outcome, SmokeReport, Step, TaskReport } from './report';
export { runSmokeTest, SmokeTestOptions } from './run';
export { Observation } from './waiter';
