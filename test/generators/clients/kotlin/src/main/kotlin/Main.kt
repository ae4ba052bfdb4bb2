import org.openapitools.client.apis.RegistrationApi
import org.openapitools.client.infrastructure.ClientError
import org.openapitools.client.infrastructure.ClientException
import org.openapitools.client.infrastructure.Serializer
import org.openapitools.client.models.RefusalEnvelope
import org.openapitools.client.models.RegisterRequest

fun main(args: Array<String>) {
    val (base, name, reason) = args
    val api = RegistrationApi(base)
    val account = RegisterRequest(userName = name, password = "correct horse battery")
    val answer = api.register(account)
    check(answer.code == 0 && answer.data.userName == name) { "registered: $answer" }
    val body = try {
        api.register(account).toString()
    } catch (refused: ClientException) {
        (refused.response as ClientError<*>).body as String
    }
    val refusal = Serializer.moshi.adapter(RefusalEnvelope::class.java).fromJson(body)
    check(refusal?.reason == reason) { "refused: $body" }
    kotlin.system.exitProcess(0) // connections that are kept open would hold it for a while
}
