// What screens say, always in both languages at once.

import type { Bilingual } from '../kernel/api/types';

const say = (en: string, zh: string): Bilingual => ({ en, zh });

export const WORDS = {
  speaking: say('Now speaking', '正在发言'),
  nobody: say('The floor is open', '等待发言'),
  nobody_asks: say('Nobody is waiting', '暂无等候发言者'),
  no_session: say('No session is under way', '当前没有进行中的议程'),
  next: say('Next', '接下来'),
  now: say('Now', '正在进行'),
  left: say('left', '剩余'),
  over: say('over time', '已超时'),
  paused: say('paused', '已暂停'),
  waiting: say('waiting', '等候'),
  balance: say('Speaking time', '发言时间'),
  join: say('Join', '加入'),
  welcome: say('Welcome', '欢迎'),
  scan: say('Scan, or enter the code', '扫码或输入代码'),
  hall: say('in the hall', '现场'),
  online: say('online', '线上'),
  starts: say('Begins in', '距开始'),
  ends: say('Ends in', '距结束'),
  at: say('at', '时间'),
  done: say('Time', '时间到'),
  nothing: say('Nothing is planned', '暂无安排'),
  removed: say('This contribution was withdrawn', '该发言已撤下'),
  order: say('Point of order', '程序问题'),
  stale: say('Connection lost: this may be old', '连接中断，内容可能已过时'),
  code: say('Enter this code in the live room', '请主持人在会议页面输入此代码'),
  code_hint: say(
    'A moderator finds it under “Screens”. The code is renewed every ten minutes.',
    '在“屏幕”面板中输入。代码每十分钟更新一次。',
  ),
  starting: say('Connecting', '正在连接'),
  full_screen: say('Full screen', '全屏'),
  theme: say('Light or dark', '浅色或深色'),
} as const;

export type Word = keyof typeof WORDS;
