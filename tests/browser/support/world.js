// A small academy week to look at: every kind of room, both languages, and the states that are easily forgotten.

import { admin, member } from './people.js';

const inMinutes = (n) => new Date(Date.now() + n * 60_000).toISOString();

const SKILLS = `We ran three regional schemes between 2022 and 2025. What worked:

1. **Paid hours during the shift**, not after it: attendance rose from 41% to 87%.
2. A *joint committee* that chooses the courses, two seats each.
3. Certificates that the next employer accepts.

> Training that ends in no certificate is a hobby. (A welder in Taiyuan)

The costs were 1.2% of payroll; see the [summary](https://example.org/summary) for each site.`;

const ZH_PROPOSAL = `建议把每年十六小时的带薪培训写入集体协议，由三方联合委员会审定课程。

- 费用由企业和公共基金各承担一半；
- 培训时间计入工作时间；
- 证书在本地区各企业之间互认。

请各方说明：能否接受？如不能，请说明理由。`;

export async function buildWorld() {
  const ada = await admin();
  await ada.patch('/me', { locale: 'en' });
  const people = {
    ada: { api: ada, me: await ada.get('/me'), name: 'Ada Administrator', locale: 'en' },
    chair: await member(ada, 'Amara Okafor', 'un', 'International Labour Organization', { role: 'steward' }),
    worker: await member(ada, 'Joseph Mwangi', 'workers', 'Amalgamated Transport and General Workers Union'),
    wen: await member(ada, '王文静', 'workers', '中华全国总工会', { locale: 'zh' }),
    employer: await member(ada, 'Ingrid Sørensen', 'employers', 'Confederation of Enterprise'),
    chen: await member(ada, '陈志强', 'employers', '中国企业联合会', { locale: 'zh' }),
    ministry: await member(ada, 'Luis Ferreira', 'government', 'Ministry of Labour and Social Security'),
    expert: await member(ada, 'Eva Lindqvist', 'civil_society', 'University of Gothenburg'),
    muted: await member(ada, 'Max Muted', 'employers', 'Loud & Sons'),
  };
  const { chair, worker, wen, employer, chen, ministry, expert, muted } = people;
  for (const [name, constituency, organisation] of [
    ['Grace Njeri', 'workers', 'Kenya Plantation and Agricultural Workers Union'],
    ['赵海燕', 'government', '人力资源和社会保障部'],
  ]) {
    people.waiting = { api: ada.anonymous(), name };
    await people.waiting.api.post('/register', {
      email: `waiting-${name.length}-${process.pid}@example.org`,
      password: 'a calm sentence to sign in with',
      display_name: name,
      constituency,
      organisation,
      locale: 'en',
    });
  }

  const programme = await chair.api.post('/programmes', { title: 'Academy on a just transition 2026' });
  const make = (fields) => chair.api.post('/rooms', { visibility: 'members', programme: programme.id, ...fields });
  const rooms = {
    forum: await make({
      title: 'Skills for a just transition',
      kind: 'forum',
      visibility: 'public',
      description: 'Who trains whom, who pays, and what the certificate is worth the day after.',
    }),
    workshop: await make({
      title: 'Platform work: a fair deal · 平台劳动',
      kind: 'workshop',
      description: 'Three sessions in the hall in Shanghai and online. 三场会议，现场与在线同时进行。',
    }),
    empty: await make({ title: 'Occupational safety in small enterprises and the informal economy', kind: 'forum' }),
    closed: await make({ title: 'Preparation (closed)', kind: 'forum' }),
    caucus: await make({
      title: 'Workers among themselves',
      kind: 'caucus',
      constituency: 'workers',
      chair: worker.me.id,
    }),
  };
  const roles = (room, id) => ada.put(`/rooms/${room.id}/roles/${id.me.id}`, { role: 'moderator' });
  await roles(rooms.forum, expert);
  await chair.api.put(`/rooms/${rooms.closed.id}/closed`, { reason: 'other', note: 'The week has begun.' });

  const threads = {};
  threads.main = await worker.api.thread(rooms.forum, 'Who pays for retraining, and when does it happen?', SKILLS);
  const say = (who, words, more) => who.api.say(threads.main, words, more);
  const first = await say(
    employer,
    'Sixteen hours a year are within reach, if the shift plan is agreed a month before.',
    {
      parent_id: threads.main.first_post.id,
    },
  );
  const second = await say(chen, '我们同意先从十六小时开始，第二年再评估。', { parent_id: first.id, lang: 'zh' });
  let deep = second;
  for (const [who, words] of [
    [worker, 'A review after the second year is fine with us, with figures for each site.'],
    [employer, 'Figures yes. Names no.'],
    [ministry, 'The ministry can publish the figures by region.'],
    [wen, '请同时公布女职工的比例。'],
    [expert, 'We can provide the method, free of charge.'],
    [worker, 'Then we are agreed on this point.'],
  ]) {
    deep = await say(who, words, { parent_id: deep.id, lang: who === wen ? 'zh' : 'en' });
  }
  const plain = await say(
    ministry,
    'Regional funds may be used for half of the costs, on application by *both* sides.',
  );
  await say(wen, '证书互认是关键。没有互认，培训就变成了企业的私事。', { lang: 'zh', attribution: 'organisation' });
  await say(expert, 'Two studies say that training after the shift reaches half as many women.', {
    attribution: 'constituency',
  });
  const abuse = await say(muted, 'Buy our courses! https://example.org/loud');
  await expert.api.put(`/posts/${abuse.id}/hidden`, { reason: 'spam', note: 'An advertisement.' });
  await chair.api.put(`/rooms/${rooms.forum.id}/mutes/${muted.me.id}`, {
    minutes: 600,
    reason: 'off_topic',
    note: 'Eleven advertisements in ten minutes.',
  });
  await employer.api.patch(`/posts/${first.id}`, {
    body: 'Sixteen hours a year are within reach if the shift plan is agreed **six weeks** before.',
    revision: 1,
  });
  const react = (who, name, post) => who.api.put(`/posts/${post.id}/reactions/${name}`);
  const start = threads.main.first_post;
  for (const who of [worker, wen, ministry]) await react(who, 'agree', first);
  for (const who of [chen, expert]) await react(who, 'agree', start);
  await react(employer, 'unsure', start);
  await react(muted, 'disagree', start).catch(() => {});
  await react(chair, 'thanks', start);
  await react(worker, 'thanks', plain);

  threads.proposal = await wen.api.thread(rooms.forum, '建议：每年十六小时带薪培训写入集体协议', ZH_PROPOSAL, {
    kind: 'proposal',
    lang: 'zh',
  });
  await chen.api.say(threads.proposal, '可以接受，但证书互认需要政府推动。', { lang: 'zh' });
  threads.question = await expert.api.thread(
    rooms.forum,
    'Is there any agreement that counts online courses, taken at home and outside of the shift, as working time and pays them as such?',
    'A pointer to a clause would be enough.',
    { kind: 'question', attribution: 'organisation' },
  );
  threads.locked = await ministry.api.thread(rooms.forum, 'How to use this room', 'Say for whom you speak. Be brief.');
  await chair.api.put(`/threads/${threads.locked.id}/lock`, { reason: 'other' });
  await chair.api.put(`/threads/${threads.locked.id}/pin`, { reason: 'other' });

  const item = (title, title_zh, organisation, from, to) =>
    chair.api.post(`/rooms/${rooms.workshop.id}/sessions`, {
      title,
      title_zh,
      organisation,
      starts_at: inMinutes(from),
      ends_at: inMinutes(to),
    });
  const sessions = [
    await item('Opening', '开幕', 'ILO', -90, -60),
    await item('What platform workers earn', '平台劳动者的收入', 'Transport Workers Federation', -60, 25),
    await item('What a platform can afford', '平台企业的承受能力', '中国企业联合会', 30, 90),
    await item(
      'Social protection across borders',
      '跨境社会保障',
      'Ministry of Labour and Social Security',
      1500,
      1560,
    ),
  ];
  const turn = (session, state) => chair.api.post(`/sessions/${session.id}/state`, { state });
  await turn(sessions[0], 'live');
  await turn(sessions[0], 'ended');
  await turn(sessions[1], 'live');
  const chat = sessions[1].thread;
  for (const [who, words, lang] of [
    [worker, 'Good morning from Mombasa. We can hear you well.', 'en'],
    [chen, '大家好，上海会场已经坐满。', 'zh'],
    [employer, 'Could the last table be shown once more? The figures for night work were hard to read.', 'en'],
    [wen, '夜班补贴没有算进去。', 'zh'],
    [expert, 'The table is on page 14 of the background paper.', 'en'],
    [ministry, 'Thank you.', 'en'],
    [worker, 'Without the waiting time the hourly income falls by a third, in all four cities.', 'en'],
  ]) {
    await who.api.say(chat, words, { lang });
  }
  await chair.api.thread(rooms.workshop, 'Questions to the presenters', 'Please collect them here before the break.');
  return { people, programme, rooms, threads, sessions, posts: { first, deep, abuse } };
}
