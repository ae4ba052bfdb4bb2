// A birthday in the API is a time in Unix seconds. Here it is midnight UTC, so that it is the same day everywhere.

/** The day of a date field, or nothing for 0, which is none. */
export function dateOf(seconds: number): string {
  return seconds === 0 ? "" : new Date(seconds * 1000).toISOString().slice(0, 10);
}

/** The seconds of a day, or 0 for none. Midnight of 1 January 1970 would be 0, so that day is its next second. */
export function secondsOf(date: string): number {
  const seconds = date === "" ? 0 : Date.parse(date) / 1000;
  return date !== "" && seconds === 0 ? 1 : seconds;
}
