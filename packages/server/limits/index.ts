export { Crowd } from './crowd.ts';
export { Places, type PlacesError, type Rank } from './places.ts';
