import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('followers', '0008_standard_words'),
    ]

    operations = [
        migrations.AddField(
            model_name='officialaccount',
            name='following',
            field=models.IntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='officialaccount',
            name='listed_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='officialaccount',
            name='statistics_checked_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='officialaccount',
            name='statistics_problem',
            field=models.JSONField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='officialaccount',
            name='statistics_zone',
            field=models.CharField(blank=True, default='', editable=False, max_length=64),
        ),
        migrations.CreateModel(
            name='DailyFigures',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('source', models.CharField(max_length=64)),
                ('scene', models.CharField(max_length=64)),
                ('joined', models.IntegerField(default=0)),
                ('left', models.IntegerField(default=0)),
                ('left_within_1', models.IntegerField(default=0)),
                ('left_within_7', models.IntegerField(default=0)),
                ('left_within_30', models.IntegerField(default=0)),
                ('left_within_90', models.IntegerField(default=0)),
                ('left_ever', models.IntegerField(default=0)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='followers.officialaccount')),
            ],
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('began_at', models.DateTimeField(null=True)),
                ('began_by', models.CharField(blank=True, default='', max_length=8)),
                ('began_after', models.DateTimeField(null=True)),
                ('source', models.CharField(blank=True, default='', max_length=64)),
                ('scene', models.CharField(blank=True, default='', max_length=64)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by', models.CharField(blank=True, default='', max_length=8)),
                ('ended_after', models.DateTimeField(null=True)),
                ('ended_before', models.DateTimeField(null=True)),
                ('ended_confirmed', models.BooleanField(default=False)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='followers.officialaccount')),
                ('follower', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='followers.follower')),
            ],
        ),
        migrations.AddConstraint(
            model_name='dailyfigures',
            constraint=models.UniqueConstraint(fields=('account', 'day', 'source', 'scene'), name='daily_figures_once'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(fields=['account', 'began_at'], name='subscription_began'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('follower',), name='subscription_one_open'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at', None), ('began_at', None), ('ended_at__gte', models.F('began_at')), _connector='OR'), name='subscription_ends_after_it_begins'),
        ),
    ]
