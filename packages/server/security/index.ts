export { SECURITY_EVENTS, type SecurityEvent, type SecurityEventName } from './events.ts';
export { SecurityLog, withdrawing } from './security-log.ts';
