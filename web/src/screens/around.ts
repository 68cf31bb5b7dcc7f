// The screens around a thread, as one file: where a thread belongs, and what waits to be sent.
export { default as home } from './Home.svelte';
export { default as outbox } from './Outbox.svelte';
export { default as room } from './Room.svelte';
