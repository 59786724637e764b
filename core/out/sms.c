#include "core/out/sms.h"

const struct problem_kind PROBLEM_SMS_REFUSED = {"sms-refused", 422, "短信被拒绝，不会再发送。",
	"The SMS was refused for good."};
const struct problem_kind PROBLEM_SMS_FAILED = {"sms-failed", 503, "短信暂时无法发送，稍后会重试。",
	"The SMS cannot be sent at this moment; it will be tried again."};
const struct problem_kind PROBLEM_SMS_SETTINGS = {"sms-settings", 500, "短信设置不正确。",
	"The SMS settings are not valid."};

struct problem *sms_send(struct sms_driver *driver, struct arena *arena, const struct sms *sms, const char **receipt)
{
	*receipt = NULL;
	return driver->ops->send(driver, arena, sms, receipt);
}

void sms_driver_destroy(struct sms_driver *driver)
{
	if (driver)
		driver->ops->destroy(driver);
}
