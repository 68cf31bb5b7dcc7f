// The shapes of the API under short names. They come from the server's OpenAPI (`npm run api`); only what JSON Schema
// cannot say, or the server leaves open, is narrowed here.

import type { components } from './schema';

type Schema = components['schemas'];
type Narrow<T, N> = Omit<T, keyof N> & N;

export type Locale = Schema['Lang'];
export type Counts = Record<string, number>;
export type Shape = 'circle' | 'square' | 'pentagon' | 'diamond' | 'hexagon';
export type PlatformRole = Schema['PlatformRole'];
export type RoomRole = Schema['RoomRole'];
export type Attribution = Schema['Attribution'];
export type RoomKind = Schema['RoomKind'];
export type Visibility = Schema['Visibility'];
export type SessionState = Schema['SessionState'];
export type ThreadKind = Schema['ThreadKind'];
export type Reaction = Schema['ReactionName'];
export type Site = Schema['Site'];
export type Action = Schema['Action'];

export type Bilingual = Schema['Localized'];
export type Constituency = Narrow<Schema['Constituency'], { shape: Shape }>;
export type Installation = Narrow<Schema['Installation'], { constituencies: Constituency[] }>;
export type Me = Schema['Me'];
export type MemberAdmin = Schema['MemberAdmin'];
export type DemoMember = Schema['DemoMember'];
export type Organisation = Schema['Organisation'];
export type SignIn = Schema['SignIn'];
export type Invitation = Schema['Invitation'];
export type NewInvitation = Schema['NewInvitation'];
export type InvitationPreset = Schema['InvitationOffer'];
export type Programme = Schema['Programme'];
export type Session = Schema['Session'];
export type TimeKind = Schema['TimeKind'];
export type Material = Schema['Material'];
export type Delay = Schema['Delay'];
/** What `agenda.shifted` carries. */
export type AgendaState = Schema['Agenda'];
export type Timetable = Schema['Timetable'];
export type CalendarFeed = Schema['CalendarFeed'];
export type NewCalendarFeed = Schema['NewCalendarFeed'];
export type PollKind = Schema['PollKind'];
export type Stance = Schema['Stance'];
export type Position = Schema['Position'];
export type Ballot = Schema['BallotInput'];
export type PollResults = Schema['PollResults'];
export type PollRequest = Schema['PollRequest'];
/** What every reader sees of a poll; events carry only this part. */
export type PublicPoll = Schema['PollPublic'];
export type Poll = Schema['Poll'];
export type Mute = Schema['Mute'];
export type Room = Schema['Room'];
export type Person = Schema['PublicMember'];
export type Role = Schema['Role'];
export type RoomMember = Schema['RoomMember'];
export type Author = Schema['Author'];
export type Floor = Schema['Floor'];
export type FloorOfCaller = Schema['FloorOfCaller'];
export type FloorRequest = Schema['FloorRequest'];
export type FloorShare = Schema['FloorShare'];
export type FloorAct = Schema['FloorAct'];
export type FloorKind = Schema['FloorKind'];
export type Speech = Schema['Speech'];
export type ScreenView = Schema['ScreenView'];
export type ScreenItem = Schema['ScreenItem'];
export type ScreenAnswer = Schema['ScreenAnswer'];
export type Screen = Schema['Screen'];
export type RoomScreen = Schema['RoomScreenView'];
export type Scene = Schema['Scene'];
export type Join = Schema['JoinView'];
/** What is shown, by its kind. */
export type Scenes = { [S in ScreenView['show']['scene']]: Extract<ScreenView['show'], { scene: S }> };

/** What every reader sees of a thread; events carry only this part. */
export type PublicThread = Schema['ThreadPublic'];
export type Thread = Schema['Thread'];
export type ThreadState = Schema['ThreadState'];
export type Hidden = Schema['Hidden'];
export type Post = Narrow<Schema['Post'], { reactions: Partial<Record<Reaction, Counts>> }>;
/** A post that waits for a moderator. */
export type HeldPost = Schema['HeldPost'];
export type HeldDecision = Schema['DecisionRequest'];
export type Desk = Schema['Desk'];
export type PostPage = Narrow<Schema['PostPage'], { items: Post[] }>;
export type Revision = Narrow<Schema['Revision'], { diff: { op: 'equal' | 'insert' | 'delete'; text: string }[] }>;
export type Act = Schema['Act'];
/** Who is there, counted, as the socket says it. */
export type Presence = Schema['Counts'];
export type QuestionState = Schema['QuestionState'];
export type SignalKind = Schema['SignalKind'];
export type Question = Schema['Question'];
export type QuestionPage = Schema['QuestionPage'];
export type QuestionAnswer = Schema['QuestionAnswer'];
export type QuestionEvent = Schema['QuestionEvent'];
export type QuestionWithHistory = Schema['QuestionWithHistory'];
export type Translation = Schema['Translation'];
/** All that the page of a session shows first; each part is at least as new as `head_seq`. */
export type SessionSnapshot = Narrow<Schema['SessionSnapshot'], { posts: PostPage }>;
export type TranscriptLine = Schema['TranscriptLine'];
export type EntryKind = Schema['EntryKind'];
/** In the place of a view of something that is gone. */
export type RemovedEvent = Schema['RemovedEvent'];
type Logged = Schema['LogEvent'];
type LoggedAs<K> = Logged extends infer E ? (E extends { kind: infer Ks } ? (K extends Ks ? E : never) : never) : never;
type With<K, Data> = Narrow<LoggedAs<K>, { kind: K; data: Data }>;
type DataOf<E> = E extends { data: infer Data } ? Exclude<Data, RemovedEvent> : never;
/** An entry of the log: its kind tells what its data is, if that is still there (live/events.ts). */
export type LogEvent = {
  [K in Logged['kind']]: With<K, DataOf<LoggedAs<K>>> | With<K, RemovedEvent>;
}[Logged['kind']];
export type LogPage = Narrow<Schema['LogPage'], { items: LogEvent[] }>;
export type PostEvent = Schema['PostEvent'];
export type Frame = Schema['Frame'];
export type ClientFrame = Schema['ClientFrame'];
export type ScreenMessage = Schema['ScreenMessage'];

export interface Page<T> {
  items: T[];
  next: string | null;
}
