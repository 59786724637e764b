#include "tenants/account/password_known.h"

#include <stdlib.h>
#include <string.h>

/* Lower case, in the order of strcmp(). The commonest of the leaked lists that the public knows, and what people in
 * China choose: runs on the keyboard, 520 and 1314, pinyin of love, of family and of cities, and the words of this
 * trade. */
static const char *const known[] = {
	"000000", "111111", "112233", "121212", "123123", "123321", "123456", "1234567", "12345678", "123456789",
	"1234567890", "12345678910", "123456a", "123456aa", "123456abc", "123456q", "123456qq", "1234qwer", "123654",
	"123abc", "123qwe", "123qweasd", "131313", "1314520", "13145200", "1314521", "147258", "147258369", "147852369",
	"159357", "159753", "1q2w3e", "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx", "1qaz2wsx3edc", "1qazxsw2", "222222",
	"232323",
	"252525", "333333", "444444", "456123", "456789", "5201314", "520131400", "52013145", "520520", "5211314",
	"555555",
	"654321", "666666", "696969", "741852", "741852963", "753951", "7758258", "7758521", "77585210", "777777",
	"789456",
	"789456123", "888888", "88888888", "963852741", "987654", "987654321", "9876543210", "999999", "a111111",
	"a123123",
	"a12345", "a123456", "a1234567", "a12345678", "a123456789", "a5201314", "a6543210", "aa112233", "aa123456",
	"aa12345678", "aaa111", "aaa123456", "aaaaaa", "abc123", "abc12345", "abc123456", "abcd1234", "abcdef",
	"abcdefg",
	"abcdefgh", "access", "action", "adidas", "admin", "admin123", "admin1234", "admin888", "adminadmin",
	"administrator", "aini1314", "aizhongguo", "alexander", "amanda", "andrew", "android", "angel", "anthony",
	"aptx4869", "asd123", "asd123456", "asdasd", "asdf", "asdf1234", "asdfasdf", "asdfg", "asdfgh", "asdfghjk",
	"asdfghjkl", "asdqwe123", "ashley", "asshole", "austin", "azerty", "baba", "badboy", "bailey", "baobao",
	"baobao520", "baobei", "baseball", "basketball", "batman", "beijing", "beijing2008", "bismillah", "biteme",
	"blink182", "buster", "butterfly", "buzhidao", "caonima", "caonima123", "ceshi", "ceshi123", "changeme",
	"changsha",
	"changshacity", "charlie", "cheese", "chelsea", "china", "chinanet", "chocolate", "chongqing", "chris",
	"christian",
	"chushi", "claude", "cmcc", "coffee", "company", "computer", "computer1", "cookie", "corvette", "cowboy",
	"dabaobei", "daniel", "dashabi", "default", "demo", "diablo", "diamond", "dianxin", "doudou", "dragon",
	"dragon123",
	"dubsmash", "eagle", "eastmoney", "enterprise", "estrella", "facai", "fafafa", "family", "fengyun", "ferrari",
	"flower", "football", "forever", "freedom", "fuckyou", "fuckyou123", "fullmoon", "fuzhou", "gabriel", "gandalf",
	"gateway", "george", "ginger", "gongsi", "gongxifacai", "google", "gougou", "grafana", "guangdong", "guangzhou",
	"guanli", "guanliyuan", "guest", "haha123", "hahaha", "haitian", "hammer", "hangzhou", "hannah", "happy",
	"harley",
	"hello", "hello123", "hellokitty", "helloworld", "hockey", "hongkong", "huawei", "hunan", "hunter", "iloveu",
	"iloveyou", "iloveyou1", "imissyou", "internet", "iphone", "ireland", "jackson", "jasmine", "jenkins",
	"jennifer",
	"jessica", "jiangsu", "jiating", "jiayou", "jiayou123", "jordan", "jordan23", "joshua", "justin", "kaixin",
	"kaixin123", "killer", "kingdom", "kissme", "kuaile", "ladies", "lakers", "laogong", "laogong520", "laopo",
	"laopo520", "letmein", "letmein1", "letmeinnow", "li123456", "liang123", "linux", "lishui", "liuyang",
	"liverpool",
	"longlong", "longquan", "lovechina", "lovelove", "lovely", "loveme", "lovers", "loveyou", "lucky", "maggie",
	"mama",
	"manager", "maomao", "marina", "marlboro", "martin", "master", "matrix", "matthew", "mercedes", "merlin",
	"michael",
	"michelle", "mickey", "mima", "mima123", "mobile", "monkey", "monkey123", "moren", "mother", "mustang",
	"mynoob",
	"mysql", "nanjing", "naruto", "natasha", "nicole", "nihao", "nihao123", "nimabi", "ningxia", "ninja", "niuniu",
	"nokia", "nothing", "oracle", "orange", "orange123", "p@ssw0rd", "p@ssword", "pass", "pass1234", "passw0rd",
	"passwd", "password", "password!", "password1", "password12", "password123", "patrick", "peanut", "pepper",
	"phoenix", "pikachu", "pingan", "pinganfu", "platform", "pokemon", "postgres", "princess", "public", "purple",
	"q123456", "q1w2e3r4", "q1w2e3r4t5", "qaz123", "qazwsx", "qazwsx123", "qazwsxedc", "qianqian", "qilian",
	"qilian123", "qinaide", "qingdao", "qiye", "qq123456", "qq5201314", "qwe123", "qwe123456", "qweasd",
	"qweasd123",
	"qweasdzxc", "qweqwe", "qweqweqwe", "qwer", "qwer1234", "qwerasdf", "qwerasdfzxcv", "qwert", "qwerty",
	"qwerty1",
	"qwerty12", "qwerty123", "qwertyu", "qwertyui", "qwertyuiop", "qwertz", "rabbit", "rachel", "raiders",
	"rainbow",
	"ranger", "redis", "redsox", "robert", "rockyou", "root", "root123", "samantha", "sample", "samsung", "scooter",
	"secret", "security", "server", "service", "shabi", "shabi123", "shadow", "shanghai", "shanghai2010", "shannon",
	"shenhe", "shenzhen", "shuaige", "silver", "slipknot", "snoopy", "soccer", "sophie", "sparky", "spiderman",
	"starwars", "steven", "suichang", "summer", "sunshine", "superman", "superuser", "support", "suzhou",
	"sysadmin",
	"system", "taiwan", "taobao", "taylor", "tencent", "tennis", "test", "test123", "test1234", "testtest",
	"thomas",
	"thunder", "tianjin", "tiankong", "tiantian", "tianya", "tigger", "tinkerbell", "tomcat", "toyota", "trustno1",
	"ubuntu", "unicom", "user", "username", "victoria", "vip123", "wang123", "wang1234", "wangluo", "wangwang",
	"wangyang", "wangyut2", "warrior", "weixin", "welcome", "welcome1", "welcome123", "whatever", "william",
	"windows",
	"winner", "winter", "woaini", "woaini123", "woaini1314", "woaini520", "woaini5201314", "woaini521", "woaiwojia",
	"wodemima", "wohenaini", "wojia", "wojiushiwo", "womende", "woshini", "woshishei", "wsxedc", "wuhan", "xiamen",
	"xian", "xiaobao", "xiaogou", "xiaoming", "xiaoqiang", "xiaozhu", "xihuanni", "xingfu", "xinxin", "xxxxxx",
	"yamaha", "yankees", "yellow", "yijian", "yinchuan", "yiqie", "yuanfen", "zhang123", "zhanghao", "zhejiang",
	"zhengzhou", "zhimakaimen", "zhongguo", "zhuanjia", "zhuzhu", "zxc123", "zxc123456", "zxcasdqwe", "zxcvb",
	"zxcvbn",
	"zxcvbnm", "zxcvbnm123", "zzzzzz",
};

static int compare(const void *key, const void *item)
{
	return strcmp(key, *(const char *const *)item);
}

bool password_known_has(const char *lower)
{
	return bsearch(lower, known, sizeof known / sizeof *known, sizeof *known, compare);
}

size_t password_known_count(void)
{
	return sizeof known / sizeof *known;
}

const char *password_known_at(size_t i)
{
	return known[i];
}
