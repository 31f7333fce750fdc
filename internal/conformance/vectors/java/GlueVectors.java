import com.amazonaws.services.schemaregistry.common.configs.GlueSchemaRegistryConfiguration;
import com.amazonaws.services.schemaregistry.serializers.SerializationDataEncoder;
import com.amazonaws.services.schemaregistry.serializers.json.JsonDataWithSchema;
import com.amazonaws.services.schemaregistry.serializers.json.JsonSerializer;
import com.amazonaws.services.schemaregistry.serializers.protobuf.ProtobufSerializer;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;

/**
 * Serializes JSON and Protobuf as AWS's own serializer for Kafka does, without asking AWS for a schema.
 *
 * <p>Each line of the input is one value, its parts separated by tabs: JSON or PROTOBUF, NONE or ZLIB, the schema
 * version id; then for JSON the schema and the document, for Protobuf the FileDescriptorProto, the message's full name
 * and the message, all but the name in base64. Each line of the output is one record in hex.
 */
public final class GlueVectors {
  public static void main(String[] args) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = in.readLine()) != null; ) {
      System.out.println(HexFormat.of().formatHex(serialize(line.split("\t", -1))));
    }
  }

  private static byte[] serialize(String[] parts) throws Exception {
    GlueSchemaRegistryConfiguration config =
        new GlueSchemaRegistryConfiguration(Map.of("region", "eu-west-1", "dataFormat", parts[0], "compression", parts[1]));
    byte[] body = parts[0].equals("JSON") ? json(config, parts[3], parts[4]) : protobuf(config, parts[3], parts[4], parts[5]);
    return new SerializationDataEncoder(config).write(body, UUID.fromString(parts[2]));
  }

  private static byte[] json(GlueSchemaRegistryConfiguration config, String schema, String document) {
    return new JsonSerializer(config).serialize(JsonDataWithSchema.builder(text(schema), text(document)).build());
  }

  private static byte[] protobuf(GlueSchemaRegistryConfiguration config, String file, String name, String message)
      throws Exception {
    FileDescriptor descriptor = FileDescriptor.buildFrom(FileDescriptorProto.parseFrom(bytes(file)), new FileDescriptor[0]);
    Descriptor type = null;
    String below = descriptor.getPackage() + ".";
    for (String part : name.substring(below.length()).split("\\.")) {
      type = type == null ? descriptor.findMessageTypeByName(part) : type.findNestedTypeByName(part);
    }
    return new ProtobufSerializer(config).serialize(DynamicMessage.parseFrom(type, bytes(message)));
  }

  private static byte[] bytes(String base64) {
    return Base64.getDecoder().decode(base64);
  }

  private static String text(String base64) {
    return new String(bytes(base64), StandardCharsets.UTF_8);
  }
}
