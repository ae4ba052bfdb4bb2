package settings

import (
	"time"

	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/locale"
)

// Config holds every setting. The tags of a field are its name (env), its default
// (envDefault), its default with --dev if that differs (devDefault), its allowed
// values (oneOf), its description (doc), and whether it is a secret: a secret is
// never printed and may also be read from the file that NAME_FILE names.
// docs/settings.md and `enroll config` are made from the tags, so that they cannot
// differ from the code. An empty default means "not set". A name is never changed: an
// operator must not have to change an environment for a new version.
//
// A duration has a unit, as in 30s or 24h. A list is separated by commas. A
// [Count] takes "off" and refuses 0, which could mean none at all or no bound.
type Config struct {
	// Addresses. Both listen on the loopback interface by default, so that a service
	// is not reachable by others before it is configured.
	Addr    string `env:"ENROLL_ADDR" envDefault:"127.0.0.1:8080" doc:"address on which the API listens"`
	OpsAddr string `env:"ENROLL_OPS_ADDR" envDefault:"127.0.0.1:9090" doc:"address for health and metrics; keep it private"`
	// The admin API. Each request needs a key. An address that other machines reach must be allowed by AdminRemote.
	AdminAddr   string `env:"ENROLL_ADMIN_ADDR" doc:"address on which the admin API listens, such as 127.0.0.1:9091; off if unset"`
	AdminRemote string `env:"ENROLL_ADMIN_REMOTE" envDefault:"off" oneOf:"off,on" doc:"whether ENROLL_ADMIN_ADDR may be an address that other machines reach; put TLS in front of it"`
	// Connections of the API. The default follows the process's limit of file descriptors: if they were
	// used up, no connection could be accepted and the database could not be reached.
	MaxConnections int `env:"ENROLL_MAX_CONNECTIONS" envDefault:"0" doc:"maximum number of open connections of the API; 0 chooses by the process's limit of file descriptors, 8000 at most"`
	// The database, and what depends on the size of the machine. By default, DBMaxConns
	// and Hashers are computed on each machine, because the right number differs between
	// the machines of one deployment. DBCheck refuses by default: a database that loses a
	// commit loses a user after the registration was answered with success.
	DatabaseURL string `env:"ENROLL_DATABASE_URL" secret:"true" doc:"URL of the PostgreSQL database; if unset, --dev starts a private one"`
	DBMaxConns  int32  `env:"ENROLL_DB_MAX_CONNS" envDefault:"0" doc:"maximum number of database connections of one process; 0 chooses by the number of cores"`
	Hashers     int    `env:"ENROLL_HASHERS" envDefault:"0" doc:"passwords hashed at a time, each in 20 MiB; 0 chooses by cores, CPU quota and memory limit"`
	DBCheck     string `env:"ENROLL_DB_CHECK" envDefault:"refuse" devDefault:"warn" oneOf:"refuse,warn" doc:"what happens if the database can lose commits or is not in UTF-8; use warn only if the storage is safe by other means"`
	DataDir     string `env:"ENROLL_DATA_DIR" envDefault:".enroll" doc:"folder of the development database and keys; used in --dev only"`
	PGBin       string `env:"ENROLL_PG_BIN" doc:"folder of PostgreSQL's programs for --dev; if unset, the usual places are searched"`
	// Keys and tokens. Keys have no default, because a default key would be known to
	// everyone. TokenTTL is 30 days, as in the interface that Enroll implements; a login
	// without remember is for one day, because the computer may be shared.
	Secret        string        `env:"ENROLL_SECRET" secret:"true" doc:"key material for codes, captchas, remembered requests and hashed names: 32 random bytes or more in base64, the same on all replicas"`
	TokenKeys     []string      `env:"ENROLL_TOKEN_KEYS" doc:"PEM files with token keys (P-256 or Ed25519), comma-separated; the first signs, all verify"`
	TokenSecret   string        `env:"ENROLL_TOKEN_SECRET" secret:"true" doc:"signs tokens with HS256 if ENROLL_TOKEN_KEYS is unset, for verifiers that know nothing else: 32 bytes or more"`
	TokenIssuer   string        `env:"ENROLL_TOKEN_ISSUER" envDefault:"enroll" doc:"claim iss of tokens"`
	TokenAudience string        `env:"ENROLL_TOKEN_AUDIENCE" envDefault:"enroll" doc:"claim aud of tokens"`
	TokenTTL      time.Duration `env:"ENROLL_TOKEN_TTL" envDefault:"720h" doc:"lifetime of the token of a registration, and of a login with remember"`
	LoginTTL      time.Duration `env:"ENROLL_LOGIN_TTL" envDefault:"24h" doc:"lifetime of the token of a login without remember"`
	SessionMax    time.Duration `env:"ENROLL_SESSION_MAX" envDefault:"2160h" doc:"how long a session lasts at most, however often its token is renewed: from a login or a registration to the end of the last token. A longer token lifetime is cut to it"`
	DeleteAfter   time.Duration `env:"ENROLL_DELETE_AFTER" envDefault:"720h" doc:"time from the request of a deletion to the deletion, in which a login cancels it; after this time the account and all data about the person are deleted. 0s deletes at once"`
	// After the default, old links and mentions of the name are rarely in use.
	NameQuarantine  time.Duration `env:"ENROLL_NAME_QUARANTINE" envDefault:"2160h" doc:"how long the user name of a deleted account cannot be registered again, by anybody; only keyed hashes of the name are stored. With 0s it can be registered at once"`
	NameChangeAfter time.Duration `env:"ENROLL_NAME_CHANGE_AFTER" envDefault:"720h" doc:"how long a holder has to wait between two changes of the user name. With 0s there is no wait"`
	// Sites: names, emails and phones are unique within each.
	Sites []int64 `env:"ENROLL_SITES" envDefault:"1" doc:"ids of the sites that this deployment serves, comma-separated"`
	// Captchas. They are on by default, because each message costs money and each password hash costs
	// CPU time. CaptchaNetwork makes a solved captcha worthless in other networks, so that solutions
	// cannot be sold to clients there. Its default is the network within which a client's address commonly changes.
	Captcha          string   `env:"ENROLL_CAPTCHA" envDefault:"image" devDefault:"off" oneOf:"off,image,pow,image+pow,siteverify" doc:"kind of captcha: a picture that can also be heard, a proof of work, both in one challenge, or the widget of a third party (Turnstile, hCaptcha, reCAPTCHA)"`
	CaptchaOn        []string `env:"ENROLL_CAPTCHA_ON" envDefault:"register,verify_phone,verify_email,login,password_reset" doc:"operations that require a captcha, comma-separated"`
	CaptchaNetwork   Widths   `env:"ENROLL_CAPTCHA_NETWORK" envDefault:"24/64" devDefault:"off" doc:"a captcha must be answered from the network that requested it; this is the size of that network, as bits of IPv4/bits of IPv6, or off. All private addresses count as one network"`
	SiteVerifyURL    string   `env:"ENROLL_SITEVERIFY_URL" doc:"URL that verifies tokens of the widget, for example https://challenges.cloudflare.com/turnstile/v0/siteverify"`
	SiteVerifySecret string   `env:"ENROLL_SITEVERIFY_SECRET" secret:"true" doc:"secret from the third party"`
	SiteVerifyKey    string   `env:"ENROLL_SITEVERIFY_SITE_KEY" doc:"site key from the third party, which clients receive"`
	SiteVerifyHosts  []string `env:"ENROLL_SITEVERIFY_HOSTNAMES" doc:"hosts of the pages that show the widget, comma-separated"`
	// Whether people can register, and how. A closed service is for the users that it has. The default of Methods
	// follows the senders, so that a deployment offers what it has set up.
	Signup     string   `env:"ENROLL_SIGNUP" envDefault:"open" oneOf:"open,invite,approval,closed" doc:"whether people can register: open, invite, which needs an invitation of an operator (enroll invite create), approval, where each account waits until an operator approves it (enroll user approve), or closed, which refuses every registration and every request for a code to register. Users that exist are not affected, and operators create users in any case"`
	MinAge     int      `env:"ENROLL_MIN_AGE" envDefault:"0" doc:"how many years old a person must be to register, up to 120; 0 is no minimum. Each registration then needs a birthday, which is compared and not stored"`
	Terms      string   `env:"ENROLL_TERMS" doc:"version of the terms that people have to accept, such as 2026-11: 1 to 32 ASCII letters, digits and . _ -. Each registration then needs it as accepted_terms, and a user that has not accepted it is asked at the next login. If unset, there are no terms"`
	TermsURL   string   `env:"ENROLL_TERMS_URL" doc:"http(s) URL where people read the terms, which the pages and GET /api/settings show; {lang} in it is replaced by the language, such as zh-CN. If unset, your clients show the terms themselves"`
	HookURL    string   `env:"ENROLL_HOOK_URL" secret:"true" doc:"URL of a program of yours that decides about each registration (docs/hook.md); none if unset"`
	HookSecret string   `env:"ENROLL_HOOK_SECRET" secret:"true" doc:"signs the requests to it (Standard Webhooks), whsec_…"`
	HookFail   string   `env:"ENROLL_HOOK_FAIL" envDefault:"closed" oneOf:"closed,open" doc:"what happens to a registration if that program does not answer within a second: closed refuses it as unavailable, open admits it"`
	Methods    []string `env:"ENROLL_METHODS" doc:"how people can register, comma-separated: user_name (with a password), phone, email (with a code); if unset, all methods that the senders below allow. Accounts that were registered by another method stay in use: their holders log in and recover them as before"`
	// Ways to send codes. If one is not set, requests that need it are refused as "not offered here"; the
	// check of a code is never skipped. Providers in China approve templates; those for mainland China and those for
	// other countries differ by law. Other providers get a text of Enroll. The endpoints are settings because the
	// providers have other endpoints for accounts of other regions, and because tests replace them.
	SMS               SMSRoutes `env:"ENROLL_SMS" devDefault:"log" doc:"senders of SMS, comma-separated, in the order in which they are tried: aliyun, sns, tencent, twilio, vonage, webhook. CN=aliyun,*=webhook gives the phones of a country a sender of their own. If unset, phones cannot register. log writes codes to the log and works in --dev only"`
	SMSPrices         string    `env:"ENROLL_SMS_PRICES" doc:"file with what an SMS costs, by country and sender (docs/sms.md); if unset, no money is counted"`
	SMSBudget         SMSBudget `env:"ENROLL_SMS_BUDGET" doc:"most that SMS with codes may cost in a time of 1h to 31d, in the currency of ENROLL_SMS_PRICES, over all replicas and sites, such as 50.00/1d,5.00/1h; no bound if unset. The last fifth is for networks whose codes are used, the last tenth for holders in networks where they have used a code (docs/sms.md)"`
	SMSHost           string    `env:"ENROLL_SMS_AUTOFILL_HOST" doc:"host of the page on which codes are typed, such as account.example.com: SMS of sns, twilio and vonage then end with the line @host #code, by which iOS, macOS and Chrome offer the code on that host only"`
	SMSAppHash        string    `env:"ENROLL_SMS_ANDROID_HASH" doc:"hash of your Android app, 11 characters, in such SMS with codes, by which the app gets the code (SMS Retriever)"`
	SMSWebhookURL     string    `env:"ENROLL_SMS_WEBHOOK_URL" secret:"true" doc:"URL to which the sender webhook posts codes"`
	SMSWebhookSecret  string    `env:"ENROLL_SMS_WEBHOOK_SECRET" secret:"true" doc:"signs the posts (Standard Webhooks), whsec_…"`
	AliyunKeyID       string    `env:"ENROLL_SMS_ALIYUN_KEY_ID" doc:"id of an AccessKey of Alibaba Cloud that may do dysms:SendSms"`
	AliyunKeySecret   string    `env:"ENROLL_SMS_ALIYUN_KEY_SECRET" secret:"true" doc:"secret of that AccessKey"`
	AliyunSign        string    `env:"ENROLL_SMS_ALIYUN_SIGN" doc:"approved signature, the name in brackets before the text"`
	AliyunTemplate    string    `env:"ENROLL_SMS_ALIYUN_TEMPLATE" doc:"id of an approved template for mainland China, with the variable code only, such as SMS_123456789"`
	AliyunAbroad      string    `env:"ENROLL_SMS_ALIYUN_TEMPLATE_ABROAD" doc:"id of such a template for all other phones; if unset, aliyun sends no codes abroad"`
	AliyunNotice      string    `env:"ENROLL_SMS_ALIYUN_NOTICE_TEMPLATE" doc:"id of an approved template without a variable for mainland China, for the message that the phone or the password of an account was changed"`
	AliyunNoticeAway  string    `env:"ENROLL_SMS_ALIYUN_NOTICE_TEMPLATE_ABROAD" doc:"id of such a template for all other phones; must be set if codes are sent abroad"`
	AliyunEndpoint    string    `env:"ENROLL_SMS_ALIYUN_ENDPOINT" envDefault:"https://dysmsapi.aliyuncs.com" doc:"address of the SMS service of Alibaba Cloud"`
	TencentID         string    `env:"ENROLL_SMS_TENCENT_SECRET_ID" doc:"id of an API key of Tencent Cloud that may do sms:SendSms"`
	TencentKey        string    `env:"ENROLL_SMS_TENCENT_SECRET_KEY" secret:"true" doc:"secret of that API key"`
	TencentApp        string    `env:"ENROLL_SMS_TENCENT_APP_ID" doc:"SdkAppId of the SMS application"`
	TencentSign       string    `env:"ENROLL_SMS_TENCENT_SIGN" doc:"approved signature; messages abroad have none"`
	TencentTemplate   string    `env:"ENROLL_SMS_TENCENT_TEMPLATE" doc:"id of an approved template for mainland China, whose first variable is the code"`
	TencentAbroad     string    `env:"ENROLL_SMS_TENCENT_TEMPLATE_ABROAD" doc:"id of such a template for all other phones; if unset, tencent sends no codes abroad"`
	TencentNotice     string    `env:"ENROLL_SMS_TENCENT_NOTICE_TEMPLATE" doc:"id of an approved template without a variable for mainland China, for the message that the phone or the password of an account was changed"`
	TencentNoticeAway string    `env:"ENROLL_SMS_TENCENT_NOTICE_TEMPLATE_ABROAD" doc:"id of such a template for all other phones; must be set if codes are sent abroad"`
	TencentMinutes    string    `env:"ENROLL_SMS_TENCENT_MINUTES" envDefault:"on" oneOf:"off,on" doc:"whether the templates have a second variable, the minutes for which a code is valid"`
	TencentRegion     string    `env:"ENROLL_SMS_TENCENT_REGION" envDefault:"ap-guangzhou" doc:"region of the SMS service of Tencent Cloud"`
	TencentEndpoint   string    `env:"ENROLL_SMS_TENCENT_ENDPOINT" envDefault:"https://sms.tencentcloudapi.com" doc:"address of that service"`
	SMSName           string    `env:"ENROLL_SMS_NAME" doc:"name of the service in the texts of sns, twilio and vonage, of 20 characters at most; other than ASCII makes English texts longer than one SMS"`
	TwilioAccount     string    `env:"ENROLL_SMS_TWILIO_ACCOUNT_SID" doc:"SID of the account of Twilio, AC…"`
	TwilioKey         string    `env:"ENROLL_SMS_TWILIO_KEY_SID" doc:"SID of a restricted API key of that account that may create messages, SK…; if unset, the secret is the auth token of the account"`
	TwilioSecret      string    `env:"ENROLL_SMS_TWILIO_SECRET" secret:"true" doc:"secret of that API key, or the auth token"`
	TwilioFrom        string    `env:"ENROLL_SMS_TWILIO_FROM" doc:"sender that people see: a number such as +15005550006, a short code, an alphanumeric sender ID, or the SID of a Messaging Service, MG…"`
	TwilioEndpoint    string    `env:"ENROLL_SMS_TWILIO_ENDPOINT" envDefault:"https://api.twilio.com" doc:"address of the API of Twilio"`
	SNSKeyID          string    `env:"ENROLL_SMS_SNS_KEY_ID" doc:"id of an access key of AWS that may do sns:Publish to phones"`
	SNSSecretKey      string    `env:"ENROLL_SMS_SNS_SECRET_KEY" secret:"true" doc:"secret of that access key"`
	SNSRegion         string    `env:"ENROLL_SMS_SNS_REGION" doc:"AWS Region that sends, such as eu-central-1"`
	SNSFrom           string    `env:"ENROLL_SMS_SNS_FROM" doc:"sender that people see: a number of the account such as +15005550006, or a sender ID; if unset, AWS chooses"`
	SNSEndpoint       string    `env:"ENROLL_SMS_SNS_ENDPOINT" doc:"address of Amazon SNS; if unset, the public one of the region"`
	VonageApplication string    `env:"ENROLL_SMS_VONAGE_APPLICATION_ID" doc:"id of an application of Vonage with the capability Messages"`
	VonageKey         string    `env:"ENROLL_SMS_VONAGE_KEY" secret:"true" doc:"private key of that application, PEM"`
	VonageFrom        string    `env:"ENROLL_SMS_VONAGE_FROM" doc:"sender that people see: a number such as +15005550006, or an alphanumeric sender ID"`
	VonageEndpoint    string    `env:"ENROLL_SMS_VONAGE_ENDPOINT" envDefault:"https://api.nexmo.com" doc:"address of the Messages API of Vonage"`
	Templates         string    `env:"ENROLL_TEMPLATES" doc:"folder with your own texts of SMS and mails and ids of approved templates, by language and site (docs/templates.md); what no file says keeps the built-in words"`

	// Calls use the accounts of the senders of SMS. Aliyun and Tencent speak templates, which they approve apart from
	// those of SMS, and have services and addresses of their own for calls.
	Voice           VoiceRoutes `env:"ENROLL_VOICE" doc:"senders that call a phone and speak the code when an SMS did not come, in the form of ENROLL_SMS: aliyun and tencent for CN only, twilio, vonage, webhook; no calls if unset. Calls count in all limits of SMS (docs/sms.md#calls). log writes codes to the log and works in --dev only"`
	TwilioVoiceFrom string      `env:"ENROLL_VOICE_TWILIO_FROM" doc:"number of the account of Twilio that calls, such as +15005550006"`
	VonageVoiceFrom string      `env:"ENROLL_VOICE_VONAGE_FROM" doc:"number of the account of Vonage that calls, such as +15005550006; the application of SMS must have the capability Voice"`
	AliyunVoice     string      `env:"ENROLL_VOICE_ALIYUN_TEMPLATE" doc:"id of an approved template of a spoken code, with the variable code only, such as TTS_10001; the AccessKey of SMS must be one that may do dyvms:SingleCallByTts"`
	AliyunVoiceFrom string      `env:"ENROLL_VOICE_ALIYUN_FROM" doc:"number that calls of aliyun show, such as 057112345678; if unset, Alibaba Cloud chooses one, for a template of the shared mode"`
	AliyunVoiceURL  string      `env:"ENROLL_VOICE_ALIYUN_ENDPOINT" envDefault:"https://dyvmsapi.aliyuncs.com" doc:"address of the voice service of Alibaba Cloud"`
	TencentVoice    string      `env:"ENROLL_VOICE_TENCENT_TEMPLATE" doc:"id of an approved voice template, whose only variable is the code; the API key of SMS must be one that may do vms:SendTtsVoice"`
	TencentVoiceApp string      `env:"ENROLL_VOICE_TENCENT_APP_ID" doc:"SdkAppId of the voice application, which is not that of SMS"`
	TencentVoiceURL string      `env:"ENROLL_VOICE_TENCENT_ENDPOINT" envDefault:"https://vms.tencentcloudapi.com" doc:"address of the voice service of Tencent Cloud, in ENROLL_SMS_TENCENT_REGION"`

	// Mails have one sender. MAIL_FROM is for both, because the domain's records of DNS name the servers that may send for
	// it, so an address belongs to the deployment and not to the sender.
	Mail         string `env:"ENROLL_MAIL" oneOf:",smtp,ses" doc:"sender of mails: smtp, a mail server, or ses, Amazon SES; if unset, smtp if ENROLL_SMTP_URL is set. Without a sender no email can be verified (--dev logs the codes)"`
	SMTPURL      string `env:"ENROLL_SMTP_URL" secret:"true" doc:"mail server for codes, smtp://user:password@host or smtps://…"`
	MailFrom     string `env:"ENROLL_MAIL_FROM" doc:"sender of mails, as noreply@example.com or Example <noreply@example.com>"`
	SESKeyID     string `env:"ENROLL_MAIL_SES_KEY_ID" doc:"id of an access key of AWS that may do ses:SendEmail"`
	SESSecretKey string `env:"ENROLL_MAIL_SES_SECRET_KEY" secret:"true" doc:"secret of that access key"`
	SESRegion    string `env:"ENROLL_MAIL_SES_REGION" doc:"AWS Region that sends, such as eu-central-1"`
	SESConfigSet string `env:"ENROLL_MAIL_SES_CONFIGURATION_SET" doc:"configuration set of the account; if unset, the default one of the sender"`
	SESEndpoint  string `env:"ENROLL_MAIL_SES_ENDPOINT" doc:"address of Amazon SES; if unset, the public one of the region"`
	AWSRole      string `env:"ENROLL_AWS_ROLE" oneOf:",web-identity,container,instance" doc:"where a role's keys come from for sns and ses without an access key: web-identity (EKS with IRSA, by AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE), container (ECS, EKS Pod Identity, by AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI) or instance (EC2). If unset, no keys are taken from the surroundings"`
	// Delivery receipts of SMS. Providers call this address from outside, through a proxy that ends TLS.
	ReceiptsAddr    string   `env:"ENROLL_RECEIPTS_ADDR" doc:"address on which delivery receipts of SMS are received, such as 127.0.0.1:9092; off if unset. Put TLS in front of it (docs/sms.md)"`
	Receipts        []string `env:"ENROLL_RECEIPTS" doc:"senders of ENROLL_SMS whose delivery receipts are received, comma-separated: aliyun, tencent, twilio, vonage, webhook"`
	ReceiptsURL     string   `env:"ENROLL_RECEIPTS_URL" doc:"public URL of ENROLL_RECEIPTS_ADDR, such as https://receipts.example.com, which Twilio is asked to call and signs"`
	TwilioReceipts  string   `env:"ENROLL_RECEIPTS_TWILIO_SECRET" secret:"true" doc:"auth token of the account of Twilio, by which receipts are signed; if unset and there is no API key, ENROLL_SMS_TWILIO_SECRET"`
	VonageReceipts  string   `env:"ENROLL_RECEIPTS_VONAGE_SECRET" secret:"true" doc:"signature secret of the account of Vonage, by which receipts are signed"`
	AliyunReceipts  string   `env:"ENROLL_RECEIPTS_ALIYUN_SECRET" secret:"true" doc:"end of the path to which Alibaba Cloud posts receipts: 32 characters or more, of letters, digits, - and _"`
	TencentReceipts string   `env:"ENROLL_RECEIPTS_TENCENT_SECRET" secret:"true" doc:"end of the path to which Tencent Cloud posts receipts: 32 characters or more, of letters, digits, - and _"`
	// Browsers and proxies. Headers about the client's address and protocol are trusted
	// only if they come from one of TrustedProxies. The page is off by default: most sites have their own.
	Page           string        `env:"ENROLL_PAGE" envDefault:"off" devDefault:"on" oneOf:"off,on" doc:"whether the pages for registration and account are served at /"`
	CORSOrigins    []string      `env:"ENROLL_CORS_ORIGINS" doc:"origins whose scripts may call the API, such as https://www.example.com, comma-separated; none if unset"`
	TrustedProxies limit.Proxies `env:"ENROLL_TRUSTED_PROXIES" doc:"networks or addresses whose X-Forwarded-For header is trusted, comma-separated; none if unset"`
	// Limits. LimitAddress and LimitNetwork, for operations, and LimitDocuments, for all other paths,
	// are counted in each process, all others in the database and so for all replicas together. Limits
	// per network are off with --dev, where all requests come from one address. LimitSMSPrefix bounds
	// messages to one block of numbers, which a fraudulent carrier owns as a whole. LimitSMSDay and
	// LimitMailDay bound the cost of a day if all other limits are evaded. LimitCaptchas is far above
	// the number of captchas that the people of a /24 leave unsolved, so in practice only machines exceed
	// it. People that share a network with such a machine wait an hour at most.
	LimitAddress     limit.Rate `env:"ENROLL_LIMIT_ADDRESS" envDefault:"120/1m" devDefault:"off" doc:"requests from one IPv4 address or IPv6 /64 to one process, as count/time, or off"`
	LimitNetwork     limit.Rate `env:"ENROLL_LIMIT_NETWORK" envDefault:"1200/1m" devDefault:"off" doc:"requests from one IPv4 /24 or IPv6 /48 to one process, as count/time, or off"`
	LimitDocuments   limit.Rate `env:"ENROLL_LIMIT_DOCUMENTS" envDefault:"600/1m" devDefault:"off" doc:"requests for the key set, documents and pages from one IPv4 address or IPv6 /64 to one process, and ten times as many from one /24 or /48, as count/time, or off"`
	LimitReceipts    limit.Rate `env:"ENROLL_LIMIT_RECEIPTS" envDefault:"6000/1m" doc:"requests with delivery receipts from one IPv4 address or IPv6 /64 to one process, and ten times as many from one /24 or /48, as count/time, or off"`
	LimitSMSNetwork  Count      `env:"ENROLL_LIMIT_SMS_NETWORK" envDefault:"50" devDefault:"off" doc:"SMS an hour requested from one client network (/24 or /48), or off"`
	LimitSMSPrefix   Count      `env:"ENROLL_LIMIT_SMS_PREFIX" envDefault:"100" doc:"SMS an hour to phones with the same first seven digits, or off"`
	LimitSMSDay      Count      `env:"ENROLL_LIMIT_SMS_DAY" envDefault:"10000" doc:"SMS a day in total, or off"`
	LimitMailUser    Count      `env:"ENROLL_LIMIT_MAIL_USER" envDefault:"20" doc:"mails a day requested by one user, or off"`
	LimitMailNetwork Count      `env:"ENROLL_LIMIT_MAIL_NETWORK" envDefault:"50" devDefault:"off" doc:"mails an hour requested from one client network (/24 or /48), or off"`
	LimitMailDomain  Count      `env:"ENROLL_LIMIT_MAIL_DOMAIN" envDefault:"500" doc:"mails an hour to one domain that were requested without a login, or off; one client network (/24 or /48) has a twelfth"`
	LimitMailDay     Count      `env:"ENROLL_LIMIT_MAIL_DAY" envDefault:"10000" doc:"mails a day in total, or off"`
	LimitCaptchas    Count      `env:"ENROLL_LIMIT_CAPTCHA_NETWORK" envDefault:"600" devDefault:"off" doc:"captchas an hour that one client network (/24 or /64) may request and not solve, or off; a sound counts as four. From a twentieth of this number on, proofs of work for that network become harder"`
	LimitLoginNet    Count      `env:"ENROLL_LIMIT_LOGIN_NETWORK" envDefault:"10" devDefault:"off" doc:"wrong passwords an hour for one account, under all its names, from one client network, or off"`
	LimitLogin       Count      `env:"ENROLL_LIMIT_LOGIN_ACCOUNT" envDefault:"100" doc:"wrong passwords an hour for one account, under all its names, from networks where its holder has not logged in, or off"`
	LimitLoginSpray  Count      `env:"ENROLL_LIMIT_LOGIN_ACCOUNTS" envDefault:"30" devDefault:"off" doc:"accounts an hour at which logins from one client network may fail without a success, or off; an IPv6 /48 has four times as many"`
	// Phones and passwords. The least length of a password is the one of OWASP ASVS
	// 6.2.1. BreachCheckURL is empty by default, because a look-up needs a connection to
	// a third party, although it sends five characters of a hash only.
	PhoneRegion    string   `env:"ENROLL_PHONE_REGION" envDefault:"CN" doc:"country of phones that are written without +, as an ISO 3166 code"`
	PhoneCountries []string `env:"ENROLL_PHONE_COUNTRIES" devDefault:"*" doc:"countries whose phones may register, comma-separated, * for all; only ENROLL_PHONE_REGION if unset"`
	PhoneAlso      []string `env:"ENROLL_PHONE_ALSO" doc:"prefixes of mobile numbers that are newer than the built-in numbering plans, comma-separated, such as +86149"`
	PhoneFormat    string   `env:"ENROLL_PHONE_FORMAT" envDefault:"national" oneOf:"national,e164" doc:"how answers write phones of ENROLL_PHONE_REGION; others are always in E.164"`
	EmailDomains   []string `env:"ENROLL_EMAIL_DOMAINS" doc:"domains whose emails may be used, comma-separated, such as example.com,*.example.com: a domain is meant without those below it, and *. means only those below it; all if unset. Emails that users have already are not affected, and operators may set any. GET /api/settings lists them"`
	EmailDenied    []string `env:"ENROLL_EMAIL_DOMAINS_DENIED" doc:"domains whose emails may not be used, in the form of ENROLL_EMAIL_DOMAINS, also if that allows them; none if unset"`
	// The list is off by default, because it refuses people that keep their mailbox to themselves, too: some of its
	// domains belong to providers that began with disposable addresses.
	EmailDisposable       string   `env:"ENROLL_EMAIL_DISPOSABLE" envDefault:"allow" oneOf:"allow,deny" doc:"deny refuses new emails at disposable mail domains, by a built-in list, and at all domains below them. An entry of ENROLL_EMAIL_DOMAINS that names such a domain wins. Emails that users have already are not affected, and operators may set any"`
	EmailDisposableExcept []string `env:"ENROLL_EMAIL_DISPOSABLE_EXCEPT" doc:"domains that ENROLL_EMAIL_DISPOSABLE=deny accepts although the list has them, in the form of ENROLL_EMAIL_DOMAINS; none if unset"`
	PasswordMin           int      `env:"ENROLL_PASSWORD_MIN_LENGTH" envDefault:"8" doc:"least length of a password in characters, 8 to 64; NIST SP 800-63B requires 15 if the password is the only factor"`
	BreachCheckURL        string   `env:"ENROLL_BREACH_CHECK_URL" doc:"API of breached passwords in which new passwords are looked up, such as https://api.pwnedpasswords.com/range/; none if unset"`
	SiteWords             []string `env:"ENROLL_PASSWORD_WORDS" doc:"words that are refused as a whole password, such as the site's name, comma-separated; the person's own name, email and phone always are"`
	// Answers, and the first values of a new user. The defaults are those of the
	// interface that Enroll implements.
	Locale      string   `env:"ENROLL_LOCALE" envDefault:"zh-CN" doc:"language of the deployment, one of ENROLL_LOCALES: for people whose languages match none of these"`
	Locales     []string `env:"ENROLL_LOCALES" doc:"languages of messages, pages, SMS and mails, as BCP 47 tags of those in docs/templates.md, comma-separated; all if unset. Accept-Language chooses among them"`
	HTTPStatus  string   `env:"ENROLL_HTTP_STATUS" envDefault:"standard" oneOf:"standard,always-200" doc:"always-200 answers refusals with status 200 too, for clients that read only code; /openapi-always-200.yaml then describes the answers"`
	Compat      string   `env:"ENROLL_COMPAT" oneOf:",anqicms" doc:"anqicms serves clients of AnQiCMS that need more than the contract: it implies ENROLL_HTTP_STATUS=always-200, ignores unknown fields, trims names and addresses, and sets and reads the cookie token (docs/anqicms.md)"`
	AssetBase   string   `env:"ENROLL_ASSET_BASE" doc:"absolute URL that full_avatar_url puts in front of a relative avatar_url"`
	ExtraSchema string   `env:"ENROLL_EXTRA_SCHEMA" doc:"file with the JSON Schema of extra, the data that users keep besides the other fields (docs/profiles.md); if unset, extra is null and cannot be sent"`
	GroupID     int64    `env:"ENROLL_GROUP_ID" envDefault:"2" doc:"group of a new user"`
	InviteLimit int32    `env:"ENROLL_INVITE_LIMIT" envDefault:"0" doc:"how many people each new user may invite; 0 means no limit"`
	// The audit log. With the roles of deploy/roles.sql the database refuses to delete an entry within 30 days,
	// so that a thief of the service's database password cannot hide acts of that time.
	AuditKeep time.Duration `env:"ENROLL_AUDIT_KEEP" envDefault:"8760h" doc:"how long entries of the audit log are kept, 720h or more"`
	// Programs read events within minutes, or once a night. The table of events is not an archive.
	EventsKeep time.Duration `env:"ENROLL_EVENTS_KEEP" envDefault:"720h" doc:"how long events are kept, 24h or more, and 96h or more with ENROLL_EVENTS_URL (docs/operate.md)"`
	// A URL may have a key in its path or query, so it is a secret, too.
	EventsURL    string `env:"ENROLL_EVENTS_URL" secret:"true" doc:"URLs to which events are posted, comma-separated, such as https://crm.example/hook, each with a name and types of events if you want (docs/operate.md); if unset, programs read the events"`
	EventsSecret string `env:"ENROLL_EVENTS_SECRET" secret:"true" doc:"signs these posts (Standard Webhooks), whsec_…; several, comma-separated, all sign, so that one can be replaced; crm=whsec_… is for the receiver crm only"`
	// Operation. StopDelay and DrainTime together are shorter than the 30 s after which
	// Kubernetes kills a process. DrainTime is longer than the 8 s that a request may take.
	// Only a slow upload of a picture may take longer.
	StopDelay time.Duration `env:"ENROLL_STOP_DELAY" envDefault:"5s" devDefault:"0s" doc:"how long a stop goes on accepting requests after readiness has gone off; longer than two health checks of the load balancer"`
	DrainTime time.Duration `env:"ENROLL_DRAIN_TIME" envDefault:"15s" doc:"how long a stop waits for requests in progress"`
	LogLevel  string        `env:"ENROLL_LOG_LEVEL" envDefault:"info" oneOf:"debug,info,warn,error" doc:"least severe level that is logged"`

	Dev bool
	// Languages are those of Locale and Locales. Read sets it.
	Languages *locale.Set
	texts     map[string]string // the values in force, as text, for Print
}
