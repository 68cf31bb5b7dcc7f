// What the calls of the API take and give, by their address. The addresses are those of the server's OpenAPI: a path that
// is not there, a body or a query that does not fit, does not compile.

import type { Installation, LogPage, Page, Post, PostPage, Revision } from './types';
import type { components, paths } from './schema';

type Schema = components['schemas'];
export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** `/rooms/{id}/desk` and `/rooms/${string}/desk` have one shape: `/rooms/{}/desk`. */
type Shape<P extends string> = P extends `${infer Head}/${infer Tail}` ? `${Part<Head>}/${Shape<Tail>}` : Part<P>;
type Part<S extends string> = string extends S ? '{}' : S extends `{${string}}` ? '{}' : S;
type ByShape = { [P in keyof paths as Shape<P>]: paths[P] };

/** The entry of the OpenAPI for a shape. A word may stand where the API has a parameter: `/reactions/agree`. */
type Entry<S extends string> = S extends keyof ByShape
  ? S
  : { [K in keyof ByShape & string]: Fits<S, K> extends true ? K : never }[keyof ByShape & string];
type Fits<S extends string, K extends string> = S extends `${infer A}/${infer B}`
  ? K extends `${infer C}/${infer D}`
    ? C extends A | '{}'
      ? Fits<B, D>
      : false
    : false
  : K extends S | '{}'
    ? true
    : false;

type Operation<M extends Method, P extends string> =
  Entry<Shape<P>> extends infer S extends keyof ByShape ? NonNullable<ByShape[S][M]> : never;

type JsonOf<R> = [R] extends [{ content: { 'application/json': infer B } }] ? B : undefined;
type Good = 200 | 201 | 202 | 204;
type AnswerOf<O> = O extends { responses: infer R } ? Refine<JsonOf<R[keyof R & Good]>> : never;

// Where types.ts knows more than the OpenAPI says.
type Refine<T> = T extends Schema['Installation']
  ? Installation
  : T extends Schema['PostPage']
    ? PostPage
    : T extends Schema['Post']
      ? Post
      : T extends Schema['LogPage']
        ? LogPage
        : T extends { items: Schema['Revision'][] }
          ? Page<Revision>
          : T;

/** What the answer to a call holds. */
export type Answer<M extends Method, P extends string> = AnswerOf<Operation<M, P>>;

/** What may be asked for behind the `?`; what is null is left out. */
export type Query<M extends Method, P extends string> =
  Operation<M, P> extends { parameters: { query?: infer Q } } ? { [K in keyof Q]?: Q[K] | null } : never;

/** The body of a call, as its further argument; for an address that the API does not have, one that nobody can give. */
export type Body<M extends Method, P extends string, Options> = [Operation<M, P>] extends [never]
  ? [noSuchCall: never]
  : Operation<M, P> extends { requestBody: infer R }
    ? [body: JsonOf<R>, options?: Options]
    : Operation<M, P> extends { requestBody?: infer R }
      ? [body?: JsonOf<NonNullable<R>>, options?: Options]
      : [body?: undefined, options?: Options];

/** The same for a call without a body. */
export type Asked<M extends Method, P extends string, Options> = [Operation<M, P>] extends [never]
  ? [noSuchCall: never]
  : [query?: Query<M, P>, options?: Options];
