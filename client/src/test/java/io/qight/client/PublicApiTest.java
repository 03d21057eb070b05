package io.qight.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PublicApiTest {
    private static final Path CLASSES = Path.of("target", "classes");

    @Test
    void onlyTheClientPackageIsExported() throws IOException {
        ModuleDescriptor module =
                ModuleDescriptor.read(Files.newInputStream(CLASSES.resolve("module-info.class")));

        assertThat(module.exports())
                .extracting(ModuleDescriptor.Exports::source)
                .containsExactly("io.qight.client");
    }

    @Test
    void nothingThatUsersSeeMentionsNettyOrTheInside() throws Exception {
        List<Class<?>> exported = exported();
        assertThat(exported)
                .contains(
                        RelayClient.class,
                        SeedClient.class,
                        ClientConfig.class,
                        RelayException.class);
        Set<String> seen = new LinkedHashSet<>();
        for (Class<?> type : exported) {
            visible(type).forEach(mentioned -> names(mentioned, seen));
        }

        assertThat(seen)
                .contains("java.util.concurrent.CompletableFuture", "io.qight.wire.ErrorCode")
                .noneMatch(name -> name.startsWith("io.netty."))
                .noneMatch(name -> name.startsWith("io.qight.client.v"));
    }

    private static List<Class<?>> exported() throws Exception {
        List<Class<?>> types = new ArrayList<>();
        try (Stream<Path> files = Files.list(CLASSES.resolve(Path.of("io", "qight", "client")))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = file.getFileName().toString().replace(".class", "");
                Class<?> type = Class.forName("io.qight.client." + name);
                if (Modifier.isPublic(type.getModifiers())) {
                    types.add(type);
                }
            }
        }
        return types;
    }

    /** Every type that a public or protected part of this one mentions. */
    private static List<Type> visible(Class<?> type) {
        List<Type> types = new ArrayList<>();
        types.add(type.getGenericSuperclass() == null ? type : type.getGenericSuperclass());
        types.addAll(Arrays.asList(type.getGenericInterfaces()));
        for (Field field : type.getDeclaredFields()) {
            if (shown(field.getModifiers())) {
                types.add(field.getGenericType());
            }
        }
        for (Method method : type.getDeclaredMethods()) {
            if (shown(method.getModifiers())) {
                types.add(method.getGenericReturnType());
                types.addAll(parts(method));
            }
        }
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (shown(constructor.getModifiers())) {
                types.addAll(parts(constructor));
            }
        }
        return types;
    }

    private static List<Type> parts(Executable executable) {
        List<Type> types = new ArrayList<>();
        types.addAll(Arrays.asList(executable.getGenericParameterTypes()));
        types.addAll(Arrays.asList(executable.getGenericExceptionTypes()));
        types.addAll(Arrays.asList(executable.getTypeParameters()));
        return types;
    }

    private static boolean shown(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static void names(Type type, Set<String> names) {
        if (type instanceof Class<?> plain) {
            names.add(plain.isArray() ? plain.getComponentType().getName() : plain.getName());
        } else if (type instanceof ParameterizedType parameterized) {
            names(parameterized.getRawType(), names);
            Stream.of(parameterized.getActualTypeArguments()).forEach(part -> names(part, names));
        } else if (type instanceof GenericArrayType array) {
            names(array.getGenericComponentType(), names);
        } else if (type instanceof WildcardType wildcard) {
            Stream.of(wildcard.getUpperBounds()).forEach(part -> names(part, names));
            Stream.of(wildcard.getLowerBounds()).forEach(part -> names(part, names));
        } else if (type instanceof TypeVariable<?> variable) {
            Stream.of(variable.getBounds()).forEach(part -> names(part, names));
        }
    }
}
