/**
 * What a hubbub server promises under a hostile crowd, with default options, on two cores.
 *
 * @module
 */

/** Whisper round trip of the neighbours, in milliseconds. */
export const WHISPER_P50_MILLISECONDS = 5;
export const WHISPER_P99_MILLISECONDS = 50;

/** Seconds for which the crowd comes before latencies are measured: the bounds hold while it is at work.
 * That hundreds of connections come at once to a server whose code is still cold is another matter,
 * which the lines of the first seconds show. A shorter run is measured from its start. */
export const ARRIVAL_SECONDS = 10;

/** Login with the right password while others guess it and register, in milliseconds. */
export const LOGIN_P99_MILLISECONDS = 1000;

/** Resident memory at any time, in bytes: also with 1000 clients that never read. */
export const RESIDENT_BYTES = 1.2e9;

/** Growth of the resident memory per minute, from the second third of a run to the last, in bytes. */
export const GROWTH_BYTES_PER_MINUTE = 20e6;

/** Shortest run of which the growth is judged, in minutes: before, caches and pools still fill. */
export const GROWTH_MINUTES = 6;

/** Descriptors above those before the crowd that may be open after it has left: files of the store,
 * and the connection that reads the metrics. */
export const EXTRA_DESCRIPTORS = 16;

/** Readings of `/metrics` that may go unanswered, as a part of all. */
export const UNANSWERED_METRICS = 0.05;

/** The part of the server's core that other processes may have before latencies are not judged. */
export const FOREIGN_SHARE = 0.1;
