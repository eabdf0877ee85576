// Where the events come from: first the live stream is opened, then what came before is loaded, so that none is missed between
// the two; whoever keeps the events leaves out doubles by their digests.

import { now } from './times.js';

// An events' page has at most so many.
const pageLength = 1000;
const day = 24 * 3600 * 1000;
// When the browser has given up on the live stream, or a page could not be loaded, we wait so long.
const retryDelay = 3000;

export class Live {
  #source;
  #lastDigest = '';
  #isLoading = false;
  #again = false;
  #waiting = []; // events of the live stream that await the next frame, or the history

  #onHistory;
  #onNew;
  #onState;
  #most;
  #hasBeenOpen = false;
  received = 0; // by the live stream

  // onHistory(objects), onNew(objects): JSON objects of events, in any order, and as they came.
  // onState(state): 'connecting', 'loading', 'live' or 'lost'. most: so many events of the last 24 hours are loaded, and at least
  // the newest page.
  constructor({ most, onHistory, onNew, onState }) {
    this.#most = most;
    this.#onHistory = onHistory;
    this.#onNew = onNew;
    this.#onState = onState;
  }

  start() {
    this.#onState('connecting');
    this.#open();
    // A browser may keep a page that was left, and its stream, but opens only a few connections to a server.
    addEventListener('pagehide', () => this.#source.close());
    addEventListener('pageshow', (shown) => shown.persisted && this.restart());
  }

  // restart(): opens the stream anew after the last event that came; for a stream that is dead without saying so.
  restart() {
    this.#source.close();
    this.#onState('lost');
    this.#open();
  }

  #open() {
    const after = this.#lastDigest ? `?after=${this.#lastDigest}` : '';
    const source = new EventSource(`api/v1/live${after}`);
    this.#source = source;
    source.onopen = () => {
      // The server continues after the last event that it sent. If it sent none, some may be missing.
      if (!this.#hasBeenOpen || !this.#lastDigest) this.#load();
      else this.#onState('live');
      this.#hasBeenOpen = true;
    };
    source.onmessage = (message) => {
      this.#lastDigest = message.lastEventId;
      this.#take(message.data);
    };
    // The server does not know the last event any more.
    source.addEventListener('gap', () => this.#load());
    source.onerror = () => {
      this.#onState('lost');
      // The browser connects again by itself, unless it was answered with an error.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.#source === source && this.#open(), retryDelay);
    };
  }

  #take(data) {
    let object;
    try {
      object = JSON.parse(data);
    } catch {
      return;
    }
    ++this.received;
    this.#waiting.push(object);
    if (this.#waiting.length === 1 && !this.#isLoading) this.#passSoon();
  }

  // Many events a second are passed on together. A page in the background has no frames, hence the timer.
  #passSoon() {
    setTimeout(() => {
      if (!this.#isLoading) this.#pass();
    }, 16);
  }
  #pass() {
    const objects = this.#waiting;
    this.#waiting = [];
    if (objects.length) this.#onNew(objects);
  }

  // Loads what came before, while events of the live stream wait.
  async #load() {
    if (this.#isLoading) {
      this.#again = true;
      return;
    }
    this.#isLoading = true;
    this.#onState('loading');
    try {
      do {
        this.#again = false;
        await this.#loadPages();
      } while (this.#again);
    } finally {
      this.#isLoading = false;
      if (this.#source.readyState === EventSource.OPEN) this.#onState('live');
      this.#pass();
    }
  }

  async #loadPages() {
    const since = now() - day;
    let cursor = '';
    let loaded = 0;
    while (loaded < this.#most) {
      const page = await fetchUntilItWorks(`api/v1/events?limit=${pageLength}${cursor}`);
      const events = page.events ?? [];
      this.#onHistory(events);
      loaded += events.length;
      if (!page.next || !events.length || Date.parse(events.at(-1).received) < since) return;
      cursor = `&cursor=${encodeURIComponent(page.next)}`;
    }
  }
}

async function fetchUntilItWorks(path) {
  for (;;) {
    try {
      return await fetchJson(path);
    } catch {
      await new Promise((done) => setTimeout(done, retryDelay));
    }
  }
}

// fetchJson(path): throws an Error that says why it failed.
export async function fetchJson(path) {
  const answer = await fetch(path, { cache: 'no-store' });
  if (answer.ok) return answer.json();
  let reason = `HTTP status ${answer.status}`;
  try {
    reason = (await answer.json()).error ?? reason;
  } catch {
    // not from the broker itself
  }
  throw new Error(reason);
}
