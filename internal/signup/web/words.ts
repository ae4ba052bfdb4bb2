// What the page itself says, in both languages. What the service says comes in
// the language that the page asks it for.

export type Language = "en" | "zh-CN";

const en = {
  title: "Create your account",
  method: "Register with",
  method_name: "User name",
  method_phone: "Phone",
  user_name: "User name",
  user_name_hint: "2 to 32 letters and digits; single _ . - between them.",
  password: "Password",
  show: "Show",
  hide: "Hide",
  optional: "optional",
  email: "Email",
  phone: "Mobile number",
  phone_hint: "Such as 138 0013 8000; from other countries with + in front.",
  captcha: "Digits in the picture",
  captcha_hint: "Six digits. Each picture is good for one attempt.",
  captcha_loading: "The next picture is loading…",
  captcha_required: "Please type the digits of the picture.",
  captcha_wrong: "Those digits were not right. Please type the digits of the new picture.",
  picture: "A picture of six digits. The button Listen speaks them.",
  refresh: "New picture",
  listen: "Listen",
  code: "Code from the SMS",
  send: "Send code",
  send_in: "Send in {n} s",
  sending: "Sending…",
  invitation: "I have an invitation",
  invite_code: "Invitation code",
  submit: "Create account",
  submitting: "Creating your account…",
  submit_in: "Try again in {n} s",
  needed: "Please fill this in.",
  fields_1: "One field needs your attention.",
  fields_n: "{n} fields need your attention.",
  password_empty: "At least {n} characters. A few words make a good one.",
  password_1: "Too short yet: at least {n} characters.",
  password_2: "Long enough. A longer one is safer.",
  password_3: "Good length.",
  password_4: "Very good length.",
  checking: "Checking that this is a browser…",
  checked: "Your browser has been checked.",
  check_again: "Your browser has to be checked again. Please press the button once more.",
  check_failed: "The check of your browser did not work. Please reload the page.",
  no_captcha: "The captcha could not be loaded. Please try again with New picture.",
  no_widget: "This page does not show this site's kind of captcha. Please ask the operator.",
  sent_picture: "{msg}. There is a new picture to type, too.",
  offline: "You are offline. Nothing is lost: connect, and press the button again.",
  no_answer: "No answer has arrived. Please press the button again: nothing is done twice.",
  request: "If you ask for help, give this number: {id}",
  welcome: "Welcome, {name}",
  welcome_nobody: "Welcome",
  id: "User id",
  my_code: "Your invitation code",
  next: "Your account is ready. You can close this page now.",
};

const zh: Record<keyof typeof en, string> = {
  title: "创建账号",
  method: "注册方式",
  method_name: "用户名",
  method_phone: "手机号",
  user_name: "用户名",
  user_name_hint: "2 到 32 个字母、汉字或数字，中间可用单个 _ . -",
  password: "密码",
  show: "显示",
  hide: "隐藏",
  optional: "选填",
  email: "邮箱",
  phone: "手机号",
  phone_hint: "例如 138 0013 8000；其他国家或地区的号码请以 + 开头。",
  captcha: "图中的数字",
  captcha_hint: "六位数字，每张图片只能用一次。",
  captcha_loading: "正在加载下一张图片…",
  captcha_required: "请输入图中的数字。",
  captcha_wrong: "数字不正确，请输入新图片中的数字。",
  picture: "一张有六位数字的图片，按“听读”可以听到这些数字。",
  refresh: "换一张",
  listen: "听读",
  code: "短信验证码",
  send: "获取验证码",
  send_in: "{n} 秒后重发",
  sending: "发送中…",
  invitation: "我有邀请码",
  invite_code: "邀请码",
  submit: "注册",
  submitting: "正在注册…",
  submit_in: "{n} 秒后可重试",
  needed: "请填写此项。",
  fields_1: "有一项需要修改。",
  fields_n: "有 {n} 项需要修改。",
  password_empty: "至少 {n} 个字符。几个词连起来就很好。",
  password_1: "还太短：至少 {n} 个字符。",
  password_2: "长度够了，再长一些更安全。",
  password_3: "长度不错。",
  password_4: "长度非常好。",
  checking: "正在检查浏览器…",
  checked: "浏览器检查通过。",
  check_again: "需要重新检查浏览器，请再按一次按钮。",
  check_failed: "浏览器检查未能完成，请刷新页面。",
  no_captcha: "验证码未能加载，请按“换一张”重试。",
  no_widget: "本页面不支持本站的验证方式，请联系管理员。",
  sent_picture: "{msg}。图片也换了，请输入新的数字。",
  offline: "网络已断开。内容不会丢失：联网后再按一次按钮即可。",
  no_answer: "没有收到答复。请再按一次按钮，不会重复注册。",
  request: "如需帮助，请提供此编号：{id}",
  welcome: "欢迎，{name}",
  welcome_nobody: "欢迎",
  id: "用户编号",
  my_code: "您的邀请码",
  next: "账号已创建。现在可以关闭此页面。",
};

export type Word = keyof typeof en;
type Values = Record<string, string | number>;

let language: Language = "en";

/** The page's language: the address's (`?lang=`) before the browser's, English where neither is known. */
export function chooseLanguage(): Language {
  const asked = new URLSearchParams(location.search).get("lang");
  for (const tag of [asked ?? "", ...navigator.languages]) {
    if (/^zh\b/i.test(tag)) return "zh-CN";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "en";
}

/** The language that is shown, which is also what the service is asked for. */
export function shown(): Language {
  return language;
}

/** Writes everything that has a `data-text` in a language. */
export function show(chosen: Language): void {
  language = chosen;
  document.documentElement.lang = chosen;
  document.title = say("title");
  for (const element of document.querySelectorAll<HTMLElement>("[data-text]")) {
    element.textContent = say(element.dataset.text as Word);
  }
}

/** A word of the page, with its places filled in. */
export function say(word: Word, values: Values = {}): string {
  return (language === "en" ? en : zh)[word].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}
