export { FairSlots } from './fair-slots.ts';
export { type Rank, Seats } from './seats.ts';
